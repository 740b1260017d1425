-- The inbox at a million posts: search in both languages, one order of urgency, an index for each way to look.

-- Words as they are compared: full and half width, upper and lower case are the same.
create function fold(words text) returns text language sql immutable strict parallel safe
  return lower(normalize(words, nfkc));

-- Pairs of neighbouring characters, none across a gap; of East Asian characters and signs each one alone, too.
-- What holds a word holds all of the word's pairs, so no language needs to be cut into words.
create function bigrams(words text) returns text[] language plpgsql immutable strict parallel safe cost 5000 as $$
declare
  grams text[] := '{}';
  former text collate "C" := '';
  letter text collate "C";
begin
  if words = '' then return grams; end if;
  foreach letter in array string_to_array(public.fold(words), null) loop
    if letter > ' ' then
      if former <> '' then grams := grams || (former || letter); end if;
      if letter >= U&'\2E80' then grams := grams || letter; end if;
      former := letter;
    else
      former := '';
    end if;
  end loop;
  return grams;
end $$;

create function author_words(username text, name text) returns text language sql immutable parallel safe
  return username || ' ' || coalesce(name, '');

-- Half a minute for a million posts on two cores (the whole file: 41 s), during which nothing is written to them.
create index posts_words on posts using gin (bigrams(text)) with (gin_pending_list_limit = 1024);
create index authors_words on authors using gin (bigrams(author_words(username, name)))
  with (gin_pending_list_limit = 1024);
create index triages_entities on triages using gin (entities jsonb_path_ops)
  with (gin_pending_list_limit = 1024) where entities <> '[]';
create index refund_events_order on refund_events (order_id) where order_id is not null;

-- How many people read along: the author's followers when the case's last post came.
alter table cases add column reach int not null default 0;
create function set_reach() returns trigger language plpgsql as $$
begin
  new.reach := coalesce((
    select followers from authors where network = new.network and external_id = new.author_id), 0);
  return new;
end $$;
create trigger cases_reach before insert or update of last_post_at on cases
  for each row execute function set_reach();
update cases set reach = authors.followers
from authors
where authors.network = cases.network and authors.external_id = cases.author_id
  and cases.state = 'open' and authors.followers > 0;

-- The order of urgency: severity, the minute in which the answer is due, reach. src/store/urgency.ts says the same.
create index cases_urgent on cases
  ((3 - severity), date_bin('1 minute', due_at, '2000-01-01 00:00:00+00'), (-reach), id) where state = 'open';
create index cases_urgent_code on cases
  (code, (3 - severity), date_bin('1 minute', due_at, '2000-01-01 00:00:00+00'), (-reach), id) where state = 'open';
create index cases_state_latest on cases (state, last_post_at desc, id desc);
drop index cases_desk;
-- Read for the counts, without a look at the rows themselves.
create index cases_open on cases (id) include (due_at, snoozed_until, language, network, code, sentiment, assignee_id)
  where state = 'open';
create index drafts_current on drafts (case_id) include (state)
  where state in ('pending', 'approved', 'none', 'returned');
analyze posts, authors, triages;
