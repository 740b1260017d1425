-- What people said a post is: a code changed at the desk, or confirmed by closing its case.
-- Codes and ids only; the words stay in posts, where they can be erased.
create table labels (
  post_id bigint primary key references posts (id),
  code text not null,
  codes text[] not null,
  source text not null check (source in ('corrected', 'confirmed')),
  user_id bigint not null references users (id),
  at timestamptz not null default now()
);

-- Who chose the code, where that was a person: further posts of the case do not change it any more.
alter table cases add column code_by bigint references users (id);
