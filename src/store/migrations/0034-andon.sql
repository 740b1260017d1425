-- The cord: signals that something happens more often than usual, cords that people pull, and what the shop is told.

-- What the watch over the contacts knew when it was stored, and up to which contact. A restart goes on from there.
create table andon_watch (
  id int primary key check (id = 1),
  contact_id bigint not null,               -- contacts up to this one are counted in `state`
  learnt boolean not null,                  -- whether it has seen all that was there before it began
  state jsonb not null,                     -- holds pseudonyms of some hours; written over every hour
  stored_at timestamptz not null default now()
);

create table signals (
  id bigint generated always as identity primary key,
  reason text not null check (reason in ('surge', 'danger')),
  kind text not null check (kind in ('company', 'product', 'title', 'code')),
  name text not null,                       -- SKU, id of a title or code; '' of the company
  code text,                                -- that explains most of it
  at timestamptz not null,
  began_at timestamptz not null,
  seen int not null,
  expected double precision not null,
  chance double precision not null,
  state text not null default 'open' check (state in ('open', 'dismissed', 'acted')),
  settled_by text,
  settled_at timestamptz,
  note text,
  created_at timestamptz not null default now(),
  unique (kind, name, began_at)
);
create index signals_open on signals (id) where state = 'open';

create table signal_looks (
  signal_id bigint not null references signals on delete cascade,
  user_id bigint not null references users,
  at timestamptz not null default now(),
  primary key (signal_id, user_id)
);

-- One cord for one thing at a time; once resumed a row stays as it is.
create table cords (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('product', 'title', 'code')),
  name text not null check (name <> ''),
  signal_id bigint references signals,
  reason text not null,
  pulled_by text not null,                  -- 'user:7' | 'policy'
  pulled_at timestamptz not null default now(),
  resumed_by text,
  resumed_at timestamptz,
  cause text,
  fix text,
  vouched_by text,                          -- the name of whoever answers for it
  check ((resumed_at is null) = (cause is null) and (cause is null) = (fix is null)
    and (fix is null) = (vouched_by is null) and (fix is null) = (resumed_by is null))
);
create unique index cords_open on cords (kind, name) where resumed_at is null;

create function cords_are_history() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.resumed_at is null
    and (old.kind, old.name, old.signal_id, old.reason, old.pulled_by, old.pulled_at)
      is not distinct from (new.kind, new.name, new.signal_id, new.reason, new.pulled_by, new.pulled_at)
  then return new;
  end if;
  raise exception 'the history of cords is kept as it was';
end $$;
create trigger cords_append_only before update or delete on cords
  for each row execute function cords_are_history();

-- What the shop is told: written down first, under a key that is the idempotency key, then sent.
create table cord_messages (
  id bigint generated always as identity primary key,
  cord_id bigint not null references cords,
  what text not null check (what in ('pulled', 'resumed')),
  key text not null unique,                 -- 'cord:7:pulled'
  body text not null,                       -- as it is sent, every time
  state text not null default 'waiting' check (state in ('waiting', 'done', 'refused')),
  attempts int not null default 0,
  next_try_at timestamptz not null default now(),
  problem text,                             -- why the last attempt came to nothing, or the refusal
  answer jsonb,                             -- what the shop said that it did
  created_at timestamptz not null default now(),
  tried_at timestamptz,
  done_at timestamptz
);
create index cord_messages_waiting on cord_messages (id) where state = 'waiting';
create index cord_messages_cord on cord_messages (cord_id, id);
