-- The network's own composer, opened with an answer that only a person may post: until it shows up in our timeline.
create table composers (
  draft_id bigint primary key references drafts (id) on delete cascade,
  user_id bigint not null references users (id),
  first_opened_at timestamptz not null default now(),
  opened_at timestamptz not null default now(),
  looked_at timestamptz                         -- when our own timeline was last read for it
);
create index composers_opened on composers (opened_at);

-- Whoever has it open before their eyes is told at once.
create trigger composers_came after insert or delete on composers for each row execute function notify_presence();
create trigger composers_changed_hands after update on composers
  for each row when (old.user_id <> new.user_id) execute function notify_presence();
