-- What departments are told in their chats. A row of chat_news is one thing to tell, told once whoever repeats it; no
-- words of a customer are kept here: they are read from the post when they leave.
create table chat_news (
  id bigint generated always as identity primary key,
  key text not null unique,
  kind text not null,
  codes text[] not null default '{}',
  severity int not null default 0,
  language text,
  post_id bigint references posts on delete set null,
  body jsonb not null,
  created_at timestamptz not null default now(),
  spread_at timestamptz
);
create index chat_news_new on chat_news (id) where spread_at is null;
create index chat_news_post on chat_news (post_id) where post_id is not null;
create index chat_news_age on chat_news (created_at);

-- Channels of templates/chat.yaml as the running product knows them.
create table chat_channels (
  name text primary key,
  kind text not null,
  configured boolean not null default true,
  since timestamptz not null default now(),
  ok_at timestamptz,
  failures int not null default 0,
  problem text,
  problem_at timestamptz,
  paused_until timestamptz,
  leased_until timestamptz
);

-- The outbox: one row for each channel that is told. news_id is null for a sum of voices that were too many to tell.
create table chat_messages (
  id bigint generated always as identity primary key,
  channel text not null references chat_channels,
  news_id bigint references chat_news,
  kind text not null,
  severity int not null default 0,
  sum jsonb,
  state text not null default 'waiting' check (state in ('waiting', 'summed', 'sent', 'failed')),
  summed_in bigint references chat_messages,
  held boolean not null default false,
  words text,
  attempts int not null default 0,
  next_try_at timestamptz,
  error text,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  unique (channel, news_id)
);
create index chat_messages_waiting on chat_messages (channel, severity desc, id) where state = 'waiting';
create index chat_messages_sent on chat_messages (channel, sent_at) where state = 'sent';
create index chat_messages_news on chat_messages (news_id);
create index chat_messages_sums on chat_messages (summed_in) where summed_in is not null;
