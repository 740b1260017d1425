-- One switch that stops every automatic reply, with who pressed it and why; policy.yaml has one, too.
create table crises (
  id bigint generated always as identity primary key,
  reason text not null,
  started_by text not null,
  started_at timestamptz not null default now(),
  ended_by text,
  ended_at timestamptz,
  end_note text
);
create unique index crises_one on crises ((true)) where ended_at is null;

-- Automatic replies of the last hour and day, counted before another one goes out.
create index drafts_auto on drafts (decided_at) where auto;

-- How long a source rests between two looks: longer while nothing comes, shorter while much does.
alter table sources add column interval_ms int;
