-- What the search looks through stands beside the posts: a post changes its state several times, and each time an index
-- on its text would be written again. The pairs of letters are found out of the pipeline's way, and kept as numbers.
create table post_words (
  post_id bigint primary key references posts (id) on delete cascade,
  grams int[] not null
);
create index post_words_grams on post_words using gin (grams) with (gin_pending_list_limit = 4096);

-- Posts whose words are not there yet; the search reads them one by one.
create table posts_to_index (post_id bigint primary key);
insert into posts_to_index select id from posts;
create function note_posts_to_index() returns trigger language plpgsql as $$
begin
  insert into posts_to_index select id from inserted;
  return null;
end $$;
create trigger posts_to_index after insert on posts
  referencing new table as inserted for each statement execute function note_posts_to_index();

drop index posts_words;
