-- The optional language model: what it cost, what it answered, how it does.

-- One row a UTC day. Money is set aside here before a call, so that all processes together can not spend more than
-- the day's budget; what was set aside and never settled stays spent.
create table model_spend (
  day date primary key,
  micro_usd bigint not null check (micro_usd >= 0),
  calls bigint not null default 0
);

-- Answers given before. The key is a hash of what was asked; the words are not kept.
create table model_answers (
  key text primary key,
  purpose text not null,
  model text not null,
  answer jsonb not null,
  at timestamptz not null default now()
);
create index model_answers_at on model_answers (at);

-- How the model does, as each process that asks it sees it.
create table model_states (
  process text primary key,
  model text not null,
  circuit text not null check (circuit in ('closed', 'half-open', 'open')),
  budget_micro_usd bigint not null,
  failure text,
  failed_at timestamptz,
  at timestamptz not null default now()
);
