-- Which languages somebody reads; none: all of them. null: they were never asked.
alter table users add column languages text[];

-- Both orders of the inbox within a language: for those who read few of the cases.
create index cases_urgent_language on cases
  (language, (3 - severity), date_bin('1 minute', due_at, '2000-01-01 00:00:00+00'), (-reach), id) where state = 'open';
create index cases_language_latest on cases (language, last_post_at desc, id desc);

-- What somebody was given, or is asked to look at, is theirs to find, whatever its language.
create index cases_given on cases (assignee_id) where state = 'open' and assignee_id is not null;
create index cases_escalated on cases (escalated_to) where state = 'open' and escalated_to is not null;
