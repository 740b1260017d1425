-- Everything the pipeline knows. Queues hold ids of these rows and nothing else.

create table secrets (
  name text primary key,
  value text not null
);

-- Where posts come from. The cursor moves in the transaction that stores the posts it covers.
create table sources (
  id text primary key,                      -- 'x:mentions', 'x:search:brand', 'replay:<file>'
  network text not null,
  kind text not null,                       -- 'mentions' | 'search' | 'replay'
  query text,
  since_id text,                            -- everything up to here is stored
  gap jsonb,                                -- a backwards walk that is not finished: {newestId, untilId, walked}
  state text not null default 'ok',         -- 'ok' | 'limited' | 'retrying' | 'revoked' | 'blocked' | 'ended'
  problem text,                             -- what a person should know, in words
  warning text,                             -- posts that the network can no longer give
  failures int not null default 0,
  polled_at timestamptz,
  ok_at timestamptz,
  next_poll_at timestamptz not null default now(),
  enabled boolean not null default true
);

-- Rate limits as the network last told them, shared by every process.
create table rate_limits (
  network text not null,
  endpoint text not null,
  max_calls int not null,
  remaining int not null,
  reset_at timestamptz not null,
  primary key (network, endpoint)
);

-- What calls cost; the same resource within one UTC day is charged once.
create table api_charges (
  day date not null,
  network text not null,
  kind text not null,
  resource text not null,
  micro_usd int not null,
  at timestamptz not null default now(),
  primary key (day, network, resource)
);

-- Names and texts live in authors, posts, drafts and mails, which can be erased.
create table authors (
  network text not null,
  external_id text not null,
  username text not null,
  name text,
  followers int,
  opted_out_at timestamptz,
  seen_at timestamptz not null default now(),
  primary key (network, external_id)
);

create table cases (
  id bigint generated always as identity primary key,
  network text not null,
  author_id text not null,
  matter text not null,                     -- the primary code's group, 'delivery'
  state text not null default 'open',       -- 'open' | 'answered' | 'closed'
  language text not null,
  code text not null,
  codes text[] not null,
  severity int not null check (severity between 0 and 3),
  confidence real not null,
  sentiment text not null,
  needs_person text,                        -- why a person must look, whatever policy says
  opened_at timestamptz not null default now(),
  due_at timestamptz not null,              -- first-response target
  last_post_at timestamptz not null,
  answered_at timestamptz,
  closed_at timestamptz,
  close_reason text,
  assignee bigint,
  needs_draft_since timestamptz,
  correlation_id uuid not null default gen_random_uuid(),
  foreign key (network, author_id) references authors (network, external_id)
);
create index cases_author on cases (network, author_id, last_post_at desc);
create index cases_needs_draft on cases (needs_draft_since) where needs_draft_since is not null;
create index cases_desk on cases (state, severity desc, due_at, id);
create index cases_latest on cases (last_post_at desc, id desc);

create table posts (
  id bigint generated always as identity primary key,
  network text not null,
  external_id text not null,
  source_id text not null references sources (id),
  author_id text not null,
  text text not null,
  created_at timestamptz not null,
  received_at timestamptz not null default now(),
  conversation_id text,
  reply_to_id text,
  quoted_id text,
  repost_of_id text,
  edit_of_id text,                          -- first id of its edit history, when that is another post
  summoned boolean not null,                -- mentions us or quotes us: the API may answer it
  own boolean not null default false,       -- written by our own account
  media jsonb not null default '[]',
  context jsonb not null default '{}',      -- what it replies to and quotes, as far as the network told
  state text not null default 'new',        -- 'new' | 'triaged' | 'ignored'
  ignored_reason text,
  superseded_by text,                       -- external id of a later edit
  deleted_at timestamptz,
  case_id bigint references cases (id),
  correlation_id uuid not null default gen_random_uuid(),
  unique (network, external_id),
  foreign key (network, author_id) references authors (network, external_id)
);
create index posts_new on posts (id) where state = 'new';
create index posts_case on posts (case_id, id);
create index posts_conversation on posts (network, conversation_id);
create index posts_edit_of on posts (network, edit_of_id) where edit_of_id is not null;

create table triages (
  post_id bigint primary key references posts (id),
  language text not null,
  sentiment text not null,
  score real not null,
  code text not null,
  codes text[] not null,
  severity int not null check (severity between 0 and 3),
  confidence real not null,
  needs_person text,
  opt_out boolean not null,
  reasons jsonb not null,
  taxonomy_hash text not null,
  at timestamptz not null default now()
);

create table drafts (
  id bigint generated always as identity primary key,
  case_id bigint not null references cases (id),
  post_id bigint not null references posts (id),
  version int not null default 1,
  state text not null,
  -- 'pending' waits for a person · 'approved' · 'published' · 'rejected' · 'superseded' · 'none' (nothing to send)
  -- · 'returned' (came back from publishing: deleted, edited, refused)
  delivery text not null,                   -- 'api' | 'manual' | 'none'
  locale text,
  template text,
  template_hash text,
  text text,
  reason text,
  weighted_length int not null default 0,
  cost_micro_usd int not null default 0,
  checks jsonb not null default '[]',
  auto boolean not null default false,
  edited boolean not null default false,
  decided_by bigint,
  decided_at timestamptz,
  decision_note text,
  publish_at timestamptz,
  created_at timestamptz not null default now()
);
create unique index drafts_one_current on drafts (case_id) where state in ('pending', 'approved', 'none', 'returned');
create index drafts_case on drafts (case_id, id);
create index drafts_approved on drafts (publish_at) where state = 'approved';

-- A public word: written down under a unique key, then sent, then marked.
create table replies (
  id bigint generated always as identity primary key,
  key text not null unique,
  draft_id bigint not null unique references drafts (id),
  case_id bigint not null references cases (id),
  network text not null,
  in_reply_to text not null,
  text text not null,
  state text not null default 'intent',     -- 'intent' | 'sending' | 'sent' | 'cancelled' | 'unknown'
  sending_at timestamptz,
  sent_at timestamptz,
  external_id text,
  attempts int not null default 0,
  error text,
  created_at timestamptz not null default now()
);
-- The same post is never answered twice, whatever goes wrong above.
create index replies_case on replies (case_id);
create index replies_sending on replies (draft_id) where state = 'sending';
create unique index replies_one_per_post on replies (network, in_reply_to) where state <> 'cancelled';

create table streaming_sessions (
  sid text primary key,
  customer_id text not null,
  order_id text not null,
  order_line_id text not null,
  title text not null,
  registered_at timestamptz not null default now(),
  last_report_at timestamptz,
  reports int not null default 0,
  report_bytes int not null default 0,
  quarantined int not null default 0,       -- bodies of it that were put aside
  measured_at timestamptz,
  measured_reports int not null default 0,  -- how many reports the measurement saw
  decided_at timestamptz,
  state text not null default 'open',       -- 'open' | 'ended' | 'decided'
  quality jsonb
);
create index streaming_sessions_due on streaming_sessions (last_report_at) where state <> 'decided';
create index streaming_sessions_order_line on streaming_sessions (order_line_id);

create table cmcd_reports (
  id bigint generated always as identity primary key,
  sid text not null references streaming_sessions (sid),
  sn bigint,
  received_at timestamptz not null default now(),
  mode text not null,
  cmcd text not null
);
-- Sequence numbers count separately for each mode.
create unique index cmcd_reports_once on cmcd_reports (sid, mode, sn) where sn is not null;
create index cmcd_reports_sid on cmcd_reports (sid, id);

create table refund_decisions (
  id bigint generated always as identity primary key,
  sid text,
  order_line_id text not null,
  customer_id text not null,
  rule_id text,
  rule_hash text,
  outcome text not null,                    -- 'pay' | 'ask' | 'deny' | 'no-rule'
  amount_minor bigint not null,
  currency text not null,
  limit_hit text,
  reasons jsonb not null,
  inputs jsonb not null,
  sentence jsonb not null,
  at timestamptz not null default now()
);
create unique index refund_decisions_session on refund_decisions (sid) where sid is not null;

-- Money: written down under a unique key, then sent with that key, then marked.
create table refunds (
  id bigint generated always as identity primary key,
  key text not null unique,                 -- order line and cause
  round int not null default 1,             -- a person who sends a failed one again begins the next, with a key of its own
  decision_id bigint not null references refund_decisions (id),
  order_id text not null,
  order_line_id text not null,
  customer_id text not null,
  payment_id text not null,
  title text not null,
  locale text not null,
  mail_template text,
  problem text,                             -- what went wrong, in a word that mail templates know: 'stalls' | 'error'
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  charged_minor bigint not null check (charged_minor >= amount_minor),
  state text not null default 'reserved',   -- 'asked' | 'reserved' | 'sending' | 'paid' | 'pending' | 'failed' | 'denied' | 'unknown'
  approved_by bigint,
  waiting_since timestamptz not null default now(), -- the provider's last answer, or when we began to want one
  sending_at timestamptz,
  provider text,
  provider_id text,
  paid_at timestamptz,
  untold boolean not null default false,    -- paid by a person's word: the mail is still to be written
  error text,
  attempts int not null default 0,
  created_at timestamptz not null default now()
);
create index refunds_line on refunds (order_line_id);
create index refunds_customer on refunds (customer_id, created_at);
create index refunds_due on refunds (id) where state in ('reserved', 'sending', 'pending') or untold;

-- Double entry, append-only: the lines of one transaction sum to zero in its currency.
create table ledger_entries (
  id bigint generated always as identity primary key,
  refund_id bigint not null references refunds (id),
  round int not null default 1,             -- of the refund
  event text not null,                      -- 'reserved' | 'paid' | 'failed' | 'reversed'
  account text not null,
  amount_minor bigint not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  at timestamptz not null default now(),
  unique (refund_id, round, event, account)
);

create table mails (
  id bigint generated always as identity primary key,
  key text not null unique,
  message_id text not null unique,
  refund_id bigint references refunds (id),
  customer_id text not null,
  recipient text not null,
  locale text not null,
  template text not null,
  subject text not null,
  text text not null,
  html text not null,
  state text not null default 'intent',     -- 'intent' | 'sent' | 'rejected'
  sent_at timestamptz,
  error text,
  created_at timestamptz not null default now()
);
create index mails_due on mails (id) where state = 'intent';

create table users (
  id bigint generated always as identity primary key,
  name text not null check (length(name) between 1 and 80),
  login text not null,
  password_hash text not null,
  role text not null default 'agent',
  language text not null default 'en',
  created_at timestamptz not null default now(),
  disabled_at timestamptz
);
create unique index users_login on users (lower(login));

create table web_sessions (
  token_hash text primary key,
  user_id bigint not null references users (id),
  csrf_token text not null,
  created_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  expires_at timestamptz not null
);

-- One-time links: to make the first admin, or to invite a colleague.
create table invitations (
  token_hash text primary key,
  role text not null,
  made_by text not null,                    -- 'start' (dies once anybody has an account) | 'command-line' | 'user:7'
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz
);

create table dead_letters (
  id bigint generated always as identity primary key,
  queue text not null,
  ref text not null,                        -- the row's id, or sid, that the job carried
  error text not null,
  attempts int not null,
  first_failed_at timestamptz not null default now(),
  last_failed_at timestamptz not null default now(),
  state text not null default 'dead',       -- 'dead' | 'retrying' | 'resolved' | 'dropped'
  unique (queue, ref)
);
create index dead_letters_dead on dead_letters (queue) where state = 'dead';

-- What could not be read at the door: kept, so that nothing that arrived is lost.
create table quarantine (
  id bigint generated always as identity primary key,
  source text not null,
  reason text not null,
  payload text not null,
  state text not null default 'kept',       -- 'kept' | 'retrying' | 'resolved'
  at timestamptz not null default now(),
  retried_at timestamptz
);
create index quarantine_open on quarantine (state, id) where state <> 'resolved';

-- Last sign of life of each worker of each process; /healthz and status read it.
create table heartbeats (
  process text not null,
  worker text not null,
  at timestamptz not null,
  primary key (process, worker)
);

-- Ids and hashes only, so that it may last; it can be written, not changed.
create table audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,                      -- 'user:7', 'policy', 'worker:publish'
  action text not null,                     -- 'draft.approved', 'refund.paid', …
  subject text not null,                    -- 'draft:12'
  detail jsonb not null default '{}'
);
create index audit_log_subject on audit_log (subject, id);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name;
end $$;
create trigger audit_log_append_only before update or delete or truncate on audit_log
  for each statement execute function refuse_change();
create trigger ledger_append_only before update or delete or truncate on ledger_entries
  for each statement execute function refuse_change();

create function check_ledger_balance() returns trigger language plpgsql as $$
begin
  if exists (
    select 1 from ledger_entries
    where refund_id = new.refund_id and round = new.round and event = new.event
    group by currency having sum(amount_minor) <> 0
  ) then
    raise exception 'ledger entries of refund % (%) do not sum to zero', new.refund_id, new.event;
  end if;
  return null;
end $$;
create constraint trigger ledger_balanced after insert on ledger_entries
  deferrable initially deferred for each row execute function check_ledger_balance();

-- Tells open pages and other processes that something at the desk changed.
create function notify_desk() returns trigger language plpgsql as $$
begin
  perform pg_notify('kikimimi_desk', '');
  return null;
end $$;
create trigger drafts_notify after insert or update on drafts for each statement execute function notify_desk();
create trigger refunds_notify after insert or update on refunds for each statement execute function notify_desk();
