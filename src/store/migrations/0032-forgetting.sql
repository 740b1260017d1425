-- Forgetting: words that were let go after their time, by a person's wish, or because they were deleted on the network.

-- `erased_at`: its words are gone from every table. `looked_at`: when the network was last asked whether it still stands.
alter table posts
  add column erased_at timestamptz,
  add column looked_at timestamptz;

-- What holds a person's words or names, by the way an erasure looks for it. At a million posts: about 6 s each for two,
-- the others are small.
create index posts_reposts_by on posts (network, author_id) where repost_of_id is not null;
create index posts_reply_to on posts (network, reply_to_id) where reply_to_id is not null and not own;
create index posts_quoting on posts (network, quoted_id) where quoted_id is not null;
create index posts_reposting on posts (network, repost_of_id) where repost_of_id is not null;
-- Words that are still here: the oldest look first, and the oldest words first.
create index posts_to_look_at on posts (network, coalesce(looked_at, received_at))
  where erased_at is null and not own;
create index posts_to_forget on posts (received_at) where erased_at is null;
create index drafts_to_forget on drafts (created_at) where text is not null;
create index replies_to_forget on replies (created_at) where text <> '';
create index mails_to_forget on mails (created_at) where recipient <> '';
create index authors_to_forget on authors (seen_at) where username <> '—';
create index contacts_to_forget on contacts (at) where text is not null or person is not null;
create index case_notes_at on case_notes (at);
create index mails_customer on mails (customer_id);
create index mails_refund on mails (refund_id) where refund_id is not null;
create index mails_replacement on mails (replacement_id) where replacement_id is not null;
create index streaming_sessions_customer on streaming_sessions (customer_id);
create index streaming_sessions_old on streaming_sessions (registered_at) where state <> 'open';
create index refund_events_customer on refund_events (customer_id) where customer_id is not null;
create index author_links_author on author_links (network, author_id);
create index claim_visits_author on claim_visits (network, author_id);
create index case_notes_words on case_notes using gin (bigrams(text));

-- Notes and links stay as they were written, except that they can be forgotten: in a transaction that says so.
create function forgetting() returns boolean language sql stable
  return coalesce(current_setting('kikimimi.forgetting', true), '') = 'on';
create function refuse_change_unless_forgetting() returns trigger language plpgsql as $$
begin
  if tg_op = 'TRUNCATE' or not forgetting() then
    raise exception '% is append-only', tg_table_name;
  end if;
  return null;
end $$;
drop trigger case_notes_append_only on case_notes;
create trigger case_notes_append_only before update or delete or truncate on case_notes
  for each statement execute function refuse_change_unless_forgetting();

create or replace function author_links_only_end() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and forgetting() then return old; end if;
  if tg_op <> 'UPDATE' or old.unlinked_at is not null or new.unlinked_at is null
     or (new.id, new.network, new.author_id, new.customer_id, new.case_id, new.consent_version, new.linked_at)
        is distinct from
        (old.id, old.network, old.author_id, old.customer_id, old.case_id, old.consent_version, old.linked_at)
  then
    raise exception 'author_links is append-only: a link can only be ended';
  end if;
  return new;
end $$;

-- A text without these words, the longest first.
create function forget_words(words text, forgotten text[]) returns text language plpgsql immutable as $$
declare
  each text;
begin
  foreach each in array forgotten loop
    words := replace(words, each, '…');
  end loop;
  return words;
end $$;

-- That a person was erased, without saying who: keyed hashes, and what went from which table.
create table erasures (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  by text not null,                         -- 'user:7' | 'cli'
  again boolean not null default false,     -- played again after a backup had brought the person back
  people text[] not null,                   -- keyed hashes of network accounts and customer ids, as src/voice/pseudonym.ts makes them
  counts jsonb not null,                    -- rows by table: {"posts": 12}
  exports jsonb not null                    -- exports that may hold them: [{"id","at","action"}] of the audit log
);
create index erasures_people on erasures using gin (people);
create trigger erasures_append_only before update or delete or truncate on erasures
  for each statement execute function refuse_change();

-- What went because its time was over, by table and UTC day.
create table forgotten (
  day date not null,
  what text not null,                       -- a line of templates/retention.yaml
  count bigint not null,
  last_at timestamptz not null default now(),
  primary key (day, what)
);

-- How stored posts were held against the network, by UTC day.
create table looks_again (
  day date not null,
  network text not null,
  looked bigint not null default 0,
  gone bigint not null default 0,
  micro_usd bigint not null default 0,
  waiting bigint not null default 0,        -- not looked at within a day, when last counted
  last_at timestamptz not null default now(),
  primary key (day, network)
);
