-- What the charts of the desk and the report of costs look back on.

-- How the queues did, five minutes a row: the most that waited, the oldest that waited, and what went through.
-- The queue 'listen' stands for the sources: its oldest is the longest silence of one of them.
create table queue_history (
  at timestamptz not null,
  queue text not null,
  waiting int not null default 0,
  oldest_seconds int not null default 0,
  done int not null default 0,
  primary key (at, queue)
);

-- Charges by day and kind, added up as they come: a month of them may be millions of rows.
create table api_spend (
  day date not null,
  network text not null,
  kind text not null,
  charges bigint not null,
  micro_usd bigint not null,
  primary key (day, network, kind)
);
create function add_up_charges() returns trigger language plpgsql as $$
begin
  -- In order, so that two pollers do not wait for each other.
  insert into api_spend as spend (day, network, kind, charges, micro_usd)
  select day, network, kind, count(*), sum(micro_usd) from added group by 1, 2, 3 order by 1, 2, 3
  on conflict (day, network, kind) do update
    set charges = spend.charges + excluded.charges, micro_usd = spend.micro_usd + excluded.micro_usd;
  return null;
end $$;
-- Nobody may charge between the sum and the trigger.
lock table api_charges in share row exclusive mode;
insert into api_spend select day, network, kind, count(*), sum(micro_usd) from api_charges group by 1, 2, 3;
create trigger api_charges_sum after insert on api_charges referencing new table as added
  for each statement execute function add_up_charges();

-- What an answered complaint cost: the replies of a span of days.
create index replies_sent_at on replies (sent_at) where sent_at is not null;
