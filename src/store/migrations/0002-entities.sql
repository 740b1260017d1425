-- What a post names: order numbers, products, titles, amounts, dates, and where it tells personal data (never the
-- data itself: that stands in the post alone).
alter table triages add column entities jsonb not null default '[]';
