-- A reading of our own timeline goes on where the last one ended; now and then one goes further back, for what X showed
-- late. Where they ended is told by the network's clock: the newest post of ours that was seen.
alter table own_timelines
  add column newest_at timestamptz,
  add column deep_at timestamptz,
  add column deep_newest_at timestamptz;
