-- Somebody who signs in at the company's OpenID Connect provider needs no password here.
alter table users alter column password_hash drop not null;
-- True: the role follows the provider's claims at each sign-in, until an admin gives another.
alter table users add column role_by_issuer boolean not null default false;

-- Issuer and subject say who it is; a mail address never does.
create table user_identities (
  issuer text not null,
  subject text not null,
  user_id bigint not null references users (id) on delete cascade,
  created_at timestamptz not null default now(),
  primary key (issuer, subject)
);
create index user_identities_user on user_identities (user_id);

alter table web_sessions add column id bigint generated always as identity;
alter table web_sessions add column browser text; -- 'Firefox · Windows', as far as it said
create unique index web_sessions_id on web_sessions (id);
create index web_sessions_user on web_sessions (user_id);

-- Counters against guessing, shared by processes; the columns are rate-limiter-flexible's.
create table request_limits (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);
create index request_limits_expire on request_limits (expire);

-- Pictures of posts as we loaded them; can be emptied at any time.
create table image_cache (
  url_hash text primary key,
  type text not null,
  bytes bytea not null,
  size int generated always as (octet_length(bytes)) stored,
  fetched_at timestamptz not null default now(),
  used_at timestamptz not null default now()
);

create index audit_log_actor on audit_log (actor, id);
create index audit_log_action on audit_log (action, id);
create index audit_log_at on audit_log (at, id);
