-- All of an author on one page, the thread around a case, and who was shown abuse.

-- The author's posts of a conversation, by time; what asks for the conversation alone is served as well.
create index posts_thread on posts (network, conversation_id, author_id, created_at);
drop index posts_conversation;
create index posts_own_answers on posts (network, reply_to_id) where own;
create index posts_author on posts (network, author_id, created_at, id) where repost_of_id is null;
create index refunds_case on refunds (case_id, created_at) where case_id is not null;
create index replacements_case on replacements (case_id, created_at) where case_id is not null;

-- Each time that somebody opened a post that was hidden as abuse: for the care of those who read such posts.
create table abuse_showings (
  id bigint generated always as identity primary key,
  user_id bigint not null references users (id) on delete cascade,
  case_id bigint not null,
  post_id bigint not null,                   -- no foreign keys: that somebody was shown it stays true when it is erased
  at timestamptz not null default now()
);
create index abuse_showings_of on abuse_showings (user_id, case_id, at);
create index abuse_showings_at on abuse_showings (at);
