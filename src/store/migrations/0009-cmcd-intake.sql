-- Reports of players are written many at once; what costs at every report and is not needed goes.

-- One index instead of two: it finds a session's reports, and reports without a number are never alike.
drop index cmcd_reports_once;
create unique index cmcd_reports_once on cmcd_reports (sid, mode, sn);
drop index cmcd_reports_sid;
-- The statement that writes them changes the session's row first, so there is none without its session.
alter table cmcd_reports drop constraint cmcd_reports_sid_fkey;

-- A report changes no column of an index any more while a session plays (then its new row stays on the page of the old
-- one, and no index is written): `reporting` stays as it is from the first report on, and only sessions that were
-- measured have a `verdict_at`.
alter table streaming_sessions
  add column reporting boolean not null generated always as (last_report_at is not null) stored,
  add column verdict_at timestamptz
    generated always as (case when verdict is not null then last_report_at end) stored;
drop index streaming_sessions_due;
create index streaming_sessions_due on streaming_sessions (registered_at) where state = 'open' and reporting;
drop index streaming_sessions_verdicts;
create index streaming_sessions_verdicts on streaming_sessions (verdict_at)
  include (title, region, network, player, customer_id, verdict) where verdict is not null;
alter table streaming_sessions set (fillfactor = 70);
