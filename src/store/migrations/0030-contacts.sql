-- Contacts: what other departments read. Written out of the pipeline's way, with personal data masked before it gets here;
-- the views of the schema "voice" are all that a department's role may see (docs/voice-contacts.md).

create table contacts (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('post', 'playback', 'refund', 'correction')),
  ref text not null,                        -- the post's id, the session's sid, the refund's id; never in a view
  case_id bigint,                           -- no foreign keys: a contact outlives what it was made of
  at timestamptz not null,
  network text not null,                    -- 'x', …; 'player', 'shop' and 'desk' for what no network brought
  region text,                              -- ISO 3166-1 or -2
  language text,
  code text not null,
  codes text[] not null,
  code_before text,                         -- of a correction
  sentiment text,
  severity int check (severity between 0 and 3),
  product_id text,
  product_name text,
  order_kind text,
  outcome text not null check (outcome in ('answered', 'refunded', 'replaced', 'handed-on', 'reversed', 'nothing')),
  open boolean not null default false,
  refund_minor bigint,
  refund_currency text,
  first_answer_s int,
  cost_micro_usd bigint not null default 0,
  text text,
  person text,
  written_at timestamptz not null default now(),
  amended_at timestamptz not null default now(),
  unique (kind, ref)
);
create index contacts_at on contacts (at, id);
create index contacts_code on contacts (code, at, id);
create index contacts_product on contacts (product_id, at, id) where product_id is not null;
create index contacts_language on contacts (language, at, id);
create index contacts_person on contacts (person, at) where person is not null;
create index contacts_case on contacts (case_id) where case_id is not null;

-- Names of codes, as the taxonomy has them or last had them.
create table contact_codes (
  code text primary key,
  name_en text not null,
  name_ja text not null,
  department text not null,
  renamed_to text,
  listed boolean not null,
  seen_at timestamptz not null default now()
);

-- What is to be written or amended, noted in the transaction that changed it. There may be several notes of one thing:
-- nobody ever waits here. What was there before this table comes after what is new.
create table contacts_to_do (
  id bigint generated always as identity,
  old boolean not null default false,
  what text not null,                       -- 'post' | 'case' | 'session' | 'refund' | 'correction'
  ref text not null,
  primary key (old, id)
);

create function note_contact() returns trigger language plpgsql as $$
begin
  insert into contacts_to_do (what, ref) values (tg_argv[0], to_jsonb(new) ->> tg_argv[1]);
  return null;
end $$;
create function note_triaged_contacts() returns trigger language plpgsql as $$
begin
  insert into contacts_to_do (what, ref) select 'post', post_id from inserted;
  return null;
end $$;
create trigger contacts_triaged after insert on triages
  referencing new table as inserted for each statement execute function note_triaged_contacts();
create trigger contacts_post after update of deleted_at, superseded_by, case_id, text on posts
  for each row when (
    old.state <> 'new'
    and (old.deleted_at, old.superseded_by, old.case_id, old.text)
      is distinct from (new.deleted_at, new.superseded_by, new.case_id, new.text))
  execute function note_contact('post', 'id');
create trigger contacts_case after update of state, code, codes, severity, code_by, escalated_at, answered_at on cases
  for each row when (
    (old.state, old.code_by, old.escalated_at is null, old.answered_at)
      is distinct from (new.state, new.code_by, new.escalated_at is null, new.answered_at)
    or new.code_by is not null
      and (old.code, old.codes, old.severity) is distinct from (new.code, new.codes, new.severity))
  execute function note_contact('case', 'id');
create trigger contacts_replied after insert or update of state on replies
  for each row when (new.state = 'sent') execute function note_contact('case', 'case_id');
create trigger contacts_label after insert or update on labels
  for each row execute function note_contact('post', 'post_id');
create trigger contacts_correction after insert or update on labels
  for each row when (new.source = 'corrected') execute function note_contact('correction', 'post_id');
create trigger contacts_refund after update of state, reversed_at, case_id on refunds
  for each row when ((old.state, old.reversed_at, old.case_id) is distinct from (new.state, new.reversed_at, new.case_id))
  execute function note_contact('refund', 'id');
create trigger contacts_replacement after insert or update of state on replacements
  for each row when (new.state = 'sent' and new.case_id is not null) execute function note_contact('case', 'case_id');
create trigger contacts_session after update of verdict, region, state on streaming_sessions
  for each row when (
    (old.verdict, old.region, old.state) is distinct from (new.verdict, new.region, new.state)
    and (coalesce(old.verdict, 'good') <> 'good' or coalesce(new.verdict, 'good') <> 'good'))
  execute function note_contact('session', 'sid');

insert into contacts_to_do (old, what, ref) select true, 'session', sid from streaming_sessions where verdict in ('poor', 'never-started');
insert into contacts_to_do (old, what, ref) select true, 'refund', id from refunds where state = 'paid' or reversed_at is not null;
insert into contacts_to_do (old, what, ref) select true, 'correction', post_id from labels where source = 'corrected';
insert into contacts_to_do (old, what, ref) select true, 'post', post_id from triages;

-- Tokens of the JSON API: what is kept can not be used to call it.
create table contact_tokens (
  id bigint generated always as identity primary key,
  name text not null check (length(name) between 1 and 80),
  token_hash text not null unique,
  texts boolean not null default false,     -- whether it may read the masked texts and pseudonyms
  made_by text not null,                    -- 'command-line' | 'user:7'
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  ended_at timestamptz,
  ended_by text
);

-- What was taken out of the house in one piece: erasing a person lists these.
create table contact_exports (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  made_by text not null,
  format text not null,
  contacts_from timestamptz not null,
  contacts_to timestamptz not null,
  texts boolean not null,
  contacts bigint
);

create schema voice;
revoke all on schema voice from public;
comment on schema voice is 'Coded contacts without personal data, for every department. Documented in docs/voice-contacts.md.';

create view voice.codes as
  select used.code,
    coalesce(named.name_en, used.code) as name_en,
    coalesce(named.name_ja, used.code) as name_ja,
    named.department,
    case when named.listed then 'current' when named.renamed_to is not null then 'renamed' else 'removed' end as state,
    coalesce(named.renamed_to, used.code) as code_now
  from (
    select code from public.contact_codes
    union
    (with recursive walk as (
      (select code from public.contacts order by code limit 1)
      union all
      select (select next.code from public.contacts next where next.code > walk.code order by next.code limit 1)
      from walk where walk.code is not null)
    select code from walk where code is not null)
  ) used
  left join public.contact_codes named on named.code = used.code;
comment on view voice.codes is 'Every wrap-up code that the taxonomy has or that history holds.';

create view voice.contacts as
  select c.id, c.kind, c.at, (c.at at time zone 'UTC')::date as day, c.network, c.region, c.language,
    c.code, coalesce(named.renamed_to, c.code) as code_now,
    case when named.listed then 'current' when named.renamed_to is not null then 'renamed' else 'removed' end as code_state,
    named.department, c.codes, c.code_before, c.sentiment, c.severity, c.product_id, c.product_name, c.order_kind,
    c.outcome, c.open, c.refund_minor, c.refund_currency, c.first_answer_s, c.cost_micro_usd, c.text, c.person,
    c.case_id, c.written_at, c.amended_at
  from public.contacts c left join public.contact_codes named on named.code = c.code;
comment on view voice.contacts is 'One row for every post about us, playback failure, refund and correction of a code.';

create view voice.complaints as
  select * from voice.contacts where kind in ('post', 'playback') and coalesce(sentiment, 'negative') <> 'positive'
    and severity > 0;
comment on view voice.complaints is 'Contacts of customers who were annoyed or worse: what to count by code.';

create view voice.refunds as select * from voice.contacts where kind = 'refund' and outcome = 'refunded';
comment on view voice.refunds is 'Refunds that were paid and not reversed: what to add up.';

create view voice.corrections as select * from voice.contacts where kind = 'correction';
comment on view voice.corrections is 'Codes that a person at the desk changed, with what triage had said.';

create view voice.counts_by_day as
  select (at at time zone 'UTC')::date as day, kind, code, language, region, network, product_id, outcome,
    count(*) as contacts, count(distinct person) as people, count(*) filter (where severity = 3) as severe,
    sum(cost_micro_usd)::bigint as cost_micro_usd
  from public.contacts
  group by 1, 2, 3, 4, 5, 6, 7, 8;
comment on view voice.counts_by_day is 'Tables of counts, by UTC day.';
