-- Where a session was watched and with what, as far as the shop says; what it says about how well we stream; and
-- failures that are ours and wide.

alter table streaming_sessions add column region text;        -- ISO 3166-1 or -2, 'JP-13'
alter table streaming_sessions add column network text;       -- CDN or internet provider
alter table streaming_sessions add column player text;        -- name and version
alter table streaming_sessions add column device_hash text;   -- never the device's id itself
alter table streaming_sessions add column verdict text check (verdict in ('good', 'poor', 'never-started'));
-- Sessions measured before there were verdicts are the first history.
update streaming_sessions
  set verdict = case
    when coalesce((quality->>'started')::boolean, true) is false then 'never-started'
    when quality->>'error' is not null or (quality->>'rebufferRatio')::float > 0.02 then 'poor'
    else 'good' end
  where state <> 'open' and quality is not null and coalesce(quality->'implausible', '[]') = '[]'
    and (quality->>'error' is not null or quality->>'rebufferRatio' is not null);
create index streaming_sessions_device on streaming_sessions (device_hash) where device_hash is not null;
create index streaming_sessions_latest on streaming_sessions (registered_at desc, sid desc);
create index streaming_sessions_verdicts on streaming_sessions (last_report_at)
  include (title, region, network, player, customer_id, verdict) where verdict is not null;

create table incidents (
  id bigint generated always as identity primary key,
  dimension text not null check (dimension in ('title', 'region', 'network', 'player', 'all')),
  value text not null,                      -- '' for 'all'
  began_at timestamptz not null,            -- the first session of it
  opened_at timestamptz not null,
  last_seen_at timestamptz not null,        -- when it was last seen to go on
  closed_at timestamptz,
  closed_by bigint references users (id),   -- null: it closed by itself
  note text,                                -- what the person who closed it found
  sessions int not null,
  affected int not null,                    -- sessions that were poor or never started
  never_started int not null,
  customers int not null,                   -- of the affected sessions
  baseline real not null                    -- the share of affected customers that is usual, 0..1
);
create unique index incidents_open on incidents (dimension, value) where closed_at is null;
create index incidents_closed on incidents (closed_at);
alter table refunds add constraint refunds_incident_fk foreign key (incident_id) references incidents (id);
create trigger incidents_notify after insert or update on incidents for each statement execute function notify_desk();
