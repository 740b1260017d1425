-- Suggestions and small annoyances, grouped by what they say; and what people tried against a pain.

create table suggestion_clusters (
  id bigint generated always as identity primary key,
  code text not null,
  language text not null,                   -- ISO 639-1; '' where nobody knows
  fixed boolean not null default false,     -- arranged by a person: no program makes it one with another such
  name text,
  done text,                                -- what was done about it
  done_by bigint references users,
  done_at timestamptz,
  created_at timestamptz not null default now(),
  check ((done is null) = (done_at is null))
);
create index suggestion_clusters_code on suggestion_clusters (code, language);

-- `terms` are words of the voice: they go with it. People may put voices of other codes and languages into a cluster;
-- what comes is held against those of its own.
create table suggestion_voices (
  contact_id bigint primary key references contacts on delete cascade,
  cluster_id bigint not null references suggestion_clusters on delete cascade,
  code text not null,
  language text not null,
  terms text[] not null
);
create index suggestion_voices_cluster on suggestion_voices (cluster_id);

-- A voice that was erased, or turned out to say something else, leaves its cluster in the same transaction.
create function leave_suggestions() returns trigger language plpgsql as $$
begin
  delete from suggestion_voices where contact_id = new.id;
  return null;
end $$;
create trigger suggestions_left after update of text, code on contacts
  for each row when ((old.text, old.code) is distinct from (new.text, new.code))
  execute function leave_suggestions();

-- What was tried against a code, a product or the wish of a cluster, and what came of it.
create table dossier_tries (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('code', 'product', 'cluster')),
  name text not null,                       -- code, SKU or id of a title, id of a cluster
  tried text not null,                      -- masked
  tried_on date not null,
  by bigint not null references users,
  at timestamptz not null default now(),
  result text,                              -- masked
  result_by bigint references users,
  result_at timestamptz,
  check ((result is null) = (result_at is null))
);
create index dossier_tries_of on dossier_tries (kind, name);
