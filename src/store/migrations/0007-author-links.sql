-- Who an author of posts is at the shop, as they told us themselves after signing in to both. Ids only.
create table author_links (
  id bigint generated always as identity primary key,
  network text not null,
  author_id text not null,
  customer_id text not null,
  case_id bigint,                            -- whose reply invited them
  consent_version text not null,             -- which words they agreed to
  linked_at timestamptz not null default now(),
  unlinked_at timestamptz,
  unlinked_by text                           -- 'customer', 'relinked', 'user:7'
);
-- One author is one customer at a time; a customer may write under several names.
create unique index author_links_current on author_links (network, author_id) where unlinked_at is null;
create index author_links_customer on author_links (customer_id) where unlinked_at is null;

-- A link is ended, never rewritten.
create function author_links_only_end() returns trigger language plpgsql as $$
begin
  if tg_op <> 'UPDATE' or old.unlinked_at is not null or new.unlinked_at is null
     or (new.id, new.network, new.author_id, new.customer_id, new.case_id, new.consent_version, new.linked_at)
        is distinct from
        (old.id, old.network, old.author_id, old.customer_id, old.case_id, old.consent_version, old.linked_at)
  then
    raise exception 'author_links is append-only: a link can only be ended';
  end if;
  return new;
end $$;
create trigger author_links_append_only before update or delete on author_links
  for each row execute function author_links_only_end();
create trigger author_links_no_truncate before truncate on author_links
  for each statement execute function refuse_change();

-- One browser on its way through the two sign-ins; gone within the hour.
create table claim_visits (
  token_hash text primary key,               -- of the browser's cookie, which changes with every step
  step text not null check (step in ('network', 'shop', 'consent', 'linked')),
  link text not null,                        -- the invitation's token, to begin again
  case_id bigint not null,
  network text not null,
  author_id text not null,
  language text not null,
  csrf text not null,
  checks jsonb not null default '{}',        -- state, nonce and verifier of the sign-in that is under way
  username text,
  customer_id text,
  customer_name text,                        -- masked
  customer_mail text,                        -- masked
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index claim_visits_expiry on claim_visits (expires_at);
