-- What was charged for the whole order: no more is refunded of its payment, by us and by others together.
alter table refunds add column order_minor bigint;
