-- Complaints that wait for a person, repeats as root causes, and how far the shop's overdue deliveries were read.

-- Since when a person is asked which order a complaint is about, and who said that it is none of ours to pay for.
alter table refund_events add column person_since timestamptz;
alter table refund_events add column dropped_by bigint references users (id);
create index refund_events_case_links on refund_events (case_id) where state = 'waiting' and waits_for = 'link';

-- What is wrong with one product, for the department that owns its wrap-up code.
create table listing_cases (
  id bigint generated always as identity primary key,
  sku text not null,
  code text not null,
  title text not null,
  owner text not null,                      -- department, as the taxonomy names it
  rule_id text,                             -- whose repeats opened it
  former_id bigint references listing_cases (id),   -- closed as fixed before, and complained about again
  state text not null default 'open' check (state in ('open', 'closed')),
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  closed_by bigint references users (id),
  fix text,                                 -- what was fixed
  check ((state = 'closed') = (closed_at is not null and closed_by is not null and fix is not null))
);
create unique index listing_cases_open on listing_cases (sku, code) where state = 'open';
create index listing_cases_product on listing_cases (sku, code, id);

-- Its evidence: complaints, which know their orders, posts and dates.
create table listing_case_events (
  listing_case_id bigint not null references listing_cases (id),
  event_id bigint not null,                 -- of refund_events; no foreign key: to check it would lock the events of others
  primary key (listing_case_id, event_id)
);
create index listing_case_events_event on listing_case_events (event_id);

alter table replacements add column round int not null default 1;
alter table replacements add column waiting_since timestamptz not null default now();
create index replacements_person on replacements (id) where state in ('asked', 'failed');

-- How far a list of the shop was read.
create table shop_cursors (
  name text primary key,
  at timestamptz not null
);
