-- Refunds for more than playback: events that wake the rules, versions of the rules, stops, replacements.

-- One row for each thing that may deserve a refund; its key makes it one however often it is told of.
create table refund_events (
  id bigint generated always as identity primary key,
  key text not null unique,                 -- 'playback:LINE' | 'complaint:CASE:CODE' | 'delivery:LINE' | 'goodwill:…'
  kind text not null,                       -- 'playback' | 'complaint' | 'delivery' | 'goodwill'
  state text not null default 'new',        -- 'waiting' | 'new' | 'decided' | 'dropped'
  waits_for text,                           -- of a waiting one: 'link' (who is the customer?) | 'order' (which order?)
  case_id bigint references cases (id),
  post_id bigint references posts (id),
  customer_id text,
  order_id text,
  order_line_id text,
  code text,                                -- complaint: its wrap-up code
  sku text,                                 -- what it is about, where it is known
  facts jsonb not null default '{}',
  created_at timestamptz not null default now(),
  due_since timestamptz not null default now(),
  decided_at timestamptz
);
create index refund_events_new on refund_events (due_since) where state = 'new';
create index refund_events_waiting on refund_events (id) where state = 'waiting';
create index refund_events_case on refund_events (case_id) where case_id is not null;
create index refund_events_line on refund_events (order_line_id) where order_line_id is not null;
-- Repeats: the same code about the same product, by one customer or by anybody.
create index refund_events_repeats on refund_events (sku, code, created_at) where sku is not null;
create index refund_events_kind on refund_events (kind, created_at);

alter table refund_decisions add column event_id bigint references refund_events (id);
alter table refund_decisions add column kind text not null default 'playback.ended';
alter table refund_decisions add column action text not null default 'refund';
-- Sessions decided before there were events.
insert into refund_events (key, kind, state, customer_id, order_id, order_line_id, created_at, due_since, decided_at)
  select distinct on (s.order_line_id) 'playback:' || s.order_line_id, 'playback', 'decided', s.customer_id, s.order_id,
    s.order_line_id, s.registered_at, s.registered_at, d.at
  from refund_decisions d join streaming_sessions s on s.sid = d.sid
  order by s.order_line_id, d.id desc
  on conflict do nothing;
-- A line of which several sessions were decided keeps its last decision as the event's.
update refund_decisions d set event_id = e.id
  from refund_events e
  where e.key = 'playback:' || d.order_line_id
    and d.id = (select max(x.id) from refund_decisions x where x.order_line_id = d.order_line_id);
create unique index refund_decisions_event on refund_decisions (event_id) where event_id is not null;
create index refund_decisions_line on refund_decisions (order_line_id);
create index refund_decisions_kind on refund_decisions (kind, at);
create index refund_decisions_rule on refund_decisions (rule_id, at) where rule_id is not null;
drop index refund_decisions_session;
create index refund_decisions_session on refund_decisions (sid) where sid is not null;

alter table refunds add column rule_id text;
alter table refunds add column sku text;
alter table refunds add column method text not null default 'payment' check (method in ('payment', 'coupon'));
alter table refunds add column case_id bigint references cases (id);
alter table refunds add column device_hash text;
alter table refunds add column incident_id bigint;
alter table refunds add column never_started boolean not null default false;
alter table refunds add column granted_by bigint references users (id);     -- goodwill: who gave it
alter table refunds add column note text;                                   -- goodwill: why
-- The company's day whose budget the current round is of, and what it counts there in the currency of all budgets.
alter table refunds add column reserved_at timestamptz;
alter table refunds add column reserved_on date;
alter table refunds add column base_minor bigint;
-- What others had refunded of the payment when it was decided: more than that before it is sent, and a person looks.
alter table refunds add column others_minor bigint not null default 0;
alter table refunds add column tax_rate_percent numeric;
alter table refunds add column recheck_at timestamptz;                      -- the provider said something: ask it
alter table refunds add column reversed_at timestamptz;
update refunds set rule_id = d.rule_id from refund_decisions d where d.id = refunds.decision_id;
update refunds r set reserved_at = e.at, reserved_on = (e.at at time zone 'utc')::date
  from (select refund_id, round, min(at) as at from ledger_entries where event = 'reserved' group by 1, 2) e
  where e.refund_id = r.id and e.round = r.round;
create index refunds_reserved_at on refunds (reserved_at) where reserved_at is not null;
create index refunds_reserved_on on refunds (reserved_on, currency) where reserved_on is not null;
create index refunds_rule on refunds (rule_id, created_at) where rule_id is not null;
create index refunds_order on refunds (order_id);
create index refunds_sku on refunds (sku, created_at) where sku is not null;
create index refunds_device on refunds (device_hash, created_at) where device_hash is not null;
create index refunds_incident on refunds (incident_id) where incident_id is not null;
create index refunds_decision on refunds (decision_id);
create index refunds_payment on refunds (payment_id);
create index refunds_recheck on refunds (recheck_at) where recheck_at is not null;
create index refunds_granted on refunds (granted_by, reserved_on) where granted_by is not null;

-- Something other than money that the shop is asked for once: it sends the piece again.
create table replacements (
  id bigint generated always as identity primary key,
  key text not null unique,
  decision_id bigint not null references refund_decisions (id),
  case_id bigint references cases (id),
  order_id text not null,
  order_line_id text not null,
  customer_id text not null,
  sku text,
  title text not null,
  quantity int not null check (quantity > 0),
  locale text not null,
  mail_template text,
  state text not null default 'intent',     -- 'asked' | 'intent' | 'sent' | 'failed' | 'denied'
  provider_id text,
  approved_by bigint references users (id),
  error text,
  attempts int not null default 0,
  created_at timestamptz not null default now(),
  sent_at timestamptz
);
create index replacements_due on replacements (id) where state = 'intent';
create index replacements_decision on replacements (decision_id);
create index replacements_customer on replacements (customer_id, created_at);
alter table mails add column replacement_id bigint references replacements (id);

-- Versions of rules by the hash of what they say. A new one runs in the shadow until a person activates it.
create table refund_rule_versions (
  rule_id text not null,
  hash text not null,
  content jsonb not null,
  state text not null default 'shadow',     -- 'shadow' | 'active' | 'retired'
  seen_at timestamptz not null default now(),   -- first seen among the files
  listed boolean not null default true,     -- stands in the files now
  proposed_by text,                         -- 'user:7' | 'command-line': wants it active, a second person agrees
  proposed_at timestamptz,
  activated_by text,
  activated_at timestamptz,
  retired_by text,
  retired_at timestamptz,
  primary key (rule_id, hash)
);
create unique index refund_rule_versions_active on refund_rule_versions (rule_id) where state = 'active';

-- What a version in the shadow would have decided.
create table shadow_decisions (
  event_id bigint not null references refund_events (id),
  rule_id text not null,
  hash text not null,
  outcome text not null,
  action text not null,
  amount_minor bigint not null,
  currency text not null,
  limit_hit text,
  at timestamptz not null default now(),
  primary key (event_id, rule_id, hash)
);
create index shadow_decisions_rule on shadow_decisions (rule_id, hash, at);

-- While one is in force nothing new is sent to a payment provider. What is reserved waits.
create table payout_stops (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('kill-switch', 'unusual-rate', 'ledger', 'reconciliation')),
  reason text not null,
  started_by text not null,                 -- 'user:7' | 'command-line' | 'worker:sweep'
  started_at timestamptz not null default now(),
  ended_by text,
  ended_at timestamptz,
  end_note text
);
create unique index payout_stops_open on payout_stops (kind) where ended_at is null;

-- Each closed day, held against what the provider says of it.
create table reconciliations (
  day date not null,
  provider text not null,
  matched int not null,
  faults jsonb not null,
  others jsonb not null,                    -- refunds that others made there
  at timestamptz not null default now(),
  primary key (day, provider)
);
