-- Whose a case is, until when it rests, and whether a lead must look.
alter table cases rename column assignee to assignee_id;
alter table cases
  add constraint cases_assignee_fk foreign key (assignee_id) references users (id),
  add column snoozed_until timestamptz,
  add column snoozed_by bigint references users (id),
  add column snooze_note text,
  add column escalated_at timestamptz,
  add column escalated_by bigint references users (id),
  add column escalated_to bigint references users (id),
  add column escalation_reason text;
create index cases_assignee on cases (assignee_id) where assignee_id is not null;
create index cases_snoozed on cases (snoozed_until) where snoozed_until is not null;
create trigger cases_notify after update of assignee_id, snoozed_until, escalated_at on cases
  for each statement execute function notify_desk();

-- Whose words a draft holds: with four eyes none of them lets it out.
create table draft_editors (
  draft_id bigint not null references drafts (id) on delete cascade,
  user_id bigint not null references users (id),
  at timestamptz not null default now(),
  primary key (draft_id, user_id)
);
-- Edits made before this table was there.
insert into draft_editors (draft_id, user_id)
select distinct drafts.id, users.id
from audit_log
join drafts on audit_log.subject = 'draft:' || drafts.id
join users on audit_log.actor = 'user:' || users.id
where audit_log.action = 'draft.edited'
  or (audit_log.action = 'draft.approved' and audit_log.detail ->> 'edited' = 'true');

-- Who has a case open in a browser; gone soon after its last sign of life.
create table case_presence (
  case_id bigint not null references cases (id) on delete cascade,
  user_id bigint not null references users (id) on delete cascade,
  page text not null,                        -- one open page: a person may have several
  writing boolean not null default false,
  seen_at timestamptz not null default now(),
  primary key (case_id, user_id, page)
);
create index case_presence_seen on case_presence (seen_at);

-- Who writes on a draft.
create table draft_locks (
  draft_id bigint primary key references drafts (id) on delete cascade,
  user_id bigint not null references users (id) on delete cascade,
  taken_at timestamptz not null default now(),
  expires_at timestamptz not null
);

-- Signs of life alone tell nobody anything: pages hear of who came, went, and began to write.
create function notify_presence() returns trigger language plpgsql as $$
begin
  perform pg_notify('kikimimi_desk', 'presence');
  return null;
end $$;
create trigger case_presence_came after insert or delete on case_presence
  for each row execute function notify_presence();
create trigger case_presence_wrote after update on case_presence
  for each row when (old.writing is distinct from new.writing) execute function notify_presence();
create trigger draft_locks_came after insert or delete on draft_locks
  for each row execute function notify_presence();
create trigger draft_locks_changed_hands after update on draft_locks
  for each row when (old.user_id <> new.user_id) execute function notify_presence();

-- What colleagues tell each other about a case; never sent anywhere.
create table case_notes (
  id bigint generated always as identity primary key,
  case_id bigint not null references cases (id),
  user_id bigint not null references users (id),
  text text not null check (text <> ''),
  at timestamptz not null default now()
);
create index case_notes_case on case_notes (case_id, id);
create trigger case_notes_append_only before update or delete or truncate on case_notes
  for each statement execute function refuse_change();
create trigger case_notes_notify after insert on case_notes for each statement execute function notify_desk();
create table note_mentions (
  note_id bigint not null references case_notes (id),
  user_id bigint not null references users (id) on delete cascade,
  seen_at timestamptz,
  primary key (user_id, note_id)
);
create index note_mentions_unseen on note_mentions (user_id) where seen_at is null;
