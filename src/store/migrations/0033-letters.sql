-- Letters to the departments that own a pain, and listening in: people who read raw voices.

-- Who answers for which department of taxonomy.yaml.
create table user_departments (
  user_id bigint not null references users on delete cascade,
  department text not null,
  primary key (user_id, department)
);

-- A letter holds no words of a customer: those stand in tables of their own, which can be erased.
create table letters (
  id bigint generated always as identity primary key,
  source text not null check (source in ('person', 'rule', 'president')),
  key text unique,                          -- of a rule: what it sent up, so that it does so once
  rule text,
  department text not null,
  codes text[] not null,
  product_id text,
  title text not null,                      -- masked
  reason text not null default '',          -- masked
  language text not null,
  sent_by bigint references users,
  sent_at timestamptz not null default now(),
  hours int not null,                       -- service hours for each round
  due_at timestamptz not null,
  round int not null default 1,
  state text not null default 'open' check (state in ('open', 'answered', 'accepted')),
  answered_at timestamptz,
  settled_at timestamptz
);
create index letters_open on letters (due_at) where state = 'open';
create index letters_sent on letters (sent_at);
create index letters_rule on letters (rule, department, sent_at) where source = 'rule';

create table letter_cases (
  letter_id bigint not null references letters on delete cascade,
  case_id bigint not null references cases on delete cascade,
  primary key (letter_id, case_id)
);
create index letter_cases_case on letter_cases (case_id);

-- Voices as the department may read them: masked, and erased with their post.
create table letter_voices (
  letter_id bigint not null references letters on delete cascade,
  post_id bigint not null references posts on delete cascade,
  at timestamptz not null,
  language text not null,
  text text not null,
  left_out boolean not null default false,
  primary key (letter_id, post_id)
);
create index letter_voices_post on letter_voices (post_id);

-- What came by mail or on paper and was pasted in: as it was written, until it is erased.
create table letter_originals (
  letter_id bigint primary key references letters on delete cascade,
  words text not null,
  masked text not null,
  sender text not null,
  received_on date not null
);

-- Every saved state of the answer; none is written over.
create table letter_versions (
  letter_id bigint not null references letters on delete cascade,
  version int not null,
  round int not null,
  answers jsonb not null,
  saved_by bigint references users,         -- null: the system's first draft
  saved_at timestamptz not null default now(),
  sent boolean not null default false,
  primary key (letter_id, version)
);

create table letter_events (
  id bigint generated always as identity primary key,
  letter_id bigint not null references letters on delete cascade,
  at timestamptz not null default now(),
  what text not null,                       -- sent | joined | answered | asked-again | accepted | reminded | overdue
  by bigint references users,
  round int not null,
  note text
);
create index letter_events_letter on letter_events (letter_id, id);

-- Mails about letters: written down first, sent under a fixed Message-ID. A mail says where to read, not what.
create table letter_mails (
  id bigint generated always as identity primary key,
  key text not null unique,                 -- 'letter-7-1-new': once each
  letter_id bigint not null references letters on delete cascade,
  kind text not null check (kind in ('new', 'again', 'reminder', 'overdue')),
  state text not null default 'intent' check (state in ('intent', 'sent', 'rejected')),
  error text,
  next_try_at timestamptz not null default now(),
  created_at timestamptz not null default now(),
  sent_at timestamptz
);
create index letter_mails_waiting on letter_mails (next_try_at) where state = 'intent';

-- Listening in. A reading that somebody was given, how far they are, and the thought that they left.
create table readings (
  id bigint generated always as identity primary key,
  user_id bigint not null references users,
  given_by bigint not null references users,
  count int not null check (count between 1 and 500),
  codes text[] not null default '{}',
  until date not null,
  created_at timestamptz not null default now(),
  ended_at timestamptz
);
create index readings_user on readings (user_id) where ended_at is null;

create table voices_read (
  user_id bigint not null references users,
  post_id bigint not null references posts on delete cascade,
  at timestamptz not null default now(),
  primary key (user_id, post_id)
);
create index voices_read_post on voices_read (post_id);

create table thoughts (
  id bigint generated always as identity primary key,
  user_id bigint not null references users,
  post_id bigint not null references posts on delete cascade,
  code text not null,                       -- as the voice was coded then
  text text not null,
  at timestamptz not null default now(),
  seen_at timestamptz,
  seen_by bigint references users,
  unique (user_id, post_id)
);
create index thoughts_post on thoughts (post_id);
create index thoughts_new on thoughts (code) where seen_at is null;

-- Voices of one code, the newest first.
create index triages_code on triages (code, post_id);
