-- Our own replies as they stand on a network, read once for all who ask whether a post is answered.
create table own_replies (
  network text not null,
  external_id text not null,
  in_reply_to text not null,
  text text not null,
  seen_at timestamptz not null default now(),
  primary key (network, external_id)
);
create index own_replies_to on own_replies (network, in_reply_to);
create index own_replies_seen on own_replies (seen_at);

-- How far they were read: everything from `covered_from` on that stood there when the last reading began.
create table own_timelines (
  network text primary key,
  covered_from timestamptz not null,
  read_at timestamptz not null
);
