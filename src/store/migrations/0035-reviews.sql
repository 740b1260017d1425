-- Reviews: counts of the past by the company's days (what a week is held against; the week itself is always counted
-- anew), orders of the shop, whether people stayed, and which department was sent which review.

create table review_days (
  day date not null,                        -- of the company's time zone
  code text not null,
  language text not null,                   -- '' where nobody knows
  country text not null,
  contacts int not null,
  primary key (day, code, language, country)
);
create table review_zone (one boolean primary key default true check (one), zone text not null);
-- UTC days of which something changed since they were added up. Nobody ever waits here.
create table review_stale (id bigint generated always as identity primary key, day date not null);

create function note_review_day() returns trigger language plpgsql as $$
begin
  insert into review_stale (day)
  select distinct (changed.at at time zone 'UTC')::date from changed where changed.kind in ('post', 'playback');
  return null;
end $$;
create function note_review_change() returns trigger language plpgsql as $$
begin
  insert into review_stale (day)
  select distinct (moved.at at time zone 'UTC')::date
  from before b join changed c on c.id = b.id
  cross join lateral (values (b.at), (c.at)) as moved (at)
  where c.kind in ('post', 'playback')
    and (b.at, b.code, b.language, b.region, b.severity, b.sentiment, b.outcome, b.first_answer_s, b.person)
      is distinct from
      (c.at, c.code, c.language, c.region, c.severity, c.sentiment, c.outcome, c.first_answer_s, c.person);
  return null;
end $$;
create trigger reviews_written after insert on contacts
  referencing new table as changed for each statement execute function note_review_day();
create trigger reviews_amended after update on contacts
  referencing old table as before new table as changed for each statement execute function note_review_change();
create trigger reviews_dropped after delete on contacts
  referencing old table as changed for each statement execute function note_review_day();

-- Orders by the company's day and country, as the shop told them; a day that is not in `shop_order_days` is unknown.
create table shop_order_days (day date primary key, told_at timestamptz not null default now());
create table shop_orders (
  day date not null references shop_order_days on delete cascade,
  country text not null,
  orders int not null check (orders >= 0),
  primary key (day, country)
);

-- Did they stay: people by their first complaint of a week, once the thirty days after it are over.
create table review_stays (
  week date not null,                       -- its Monday
  code text not null,
  language text not null,
  country text not null,
  answered boolean not null,
  refunded boolean not null,
  people int not null,
  again int not null,                       -- complained again, from a day to thirty days later
  next_positive int not null,               -- the first post after our reply, or after the complaint
  next_neutral int not null,
  next_negative int not null,
  asked int not null,                       -- of whom the shop told
  bought int not null,
  primary key (week, code, language, country, answered, refunded)
);
create table review_stay_weeks (
  week date primary key,
  counted_at timestamptz,
  asked_at timestamptz,                     -- when the shop had been asked for all that are asked for
  stale boolean not null default false
);
create table contact_returns (
  contact_id bigint primary key references contacts on delete cascade,
  bought boolean,                           -- null: the shop does not know the customer any more
  asked_at timestamptz not null default now()
);

-- Each department is sent each review once.
create table review_mails (
  period text not null,                     -- '2026-W47', '2026-11-20'
  department text not null,
  state text not null default 'intent' check (state in ('intent', 'sent', 'rejected')),
  error text,
  next_try_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  primary key (period, department)
);
create index review_mails_waiting on review_mails (next_try_at) where state = 'intent';
