-- Known incidents: how many cases of a code, and posts about one thing, came lately. Both tables grow at their end, so
-- a few pages of ranges find the last hours.
create index cases_opened on cases using brin (opened_at);
create index triages_at on triages using brin (at);

-- A reply that promised to be back (followUp: us): within how many hours. Its case rests until then and comes back.
alter table drafts add column promised_hours int;
