-- What payment providers told us by webhook. A verified event only ever means: ask the provider now.

create table provider_events (
  provider text not null,                   -- 'stripe' | 'http'
  event_id text not null,                   -- the provider's; a repeated one is not done twice
  type text not null,
  refund_key text,                          -- the payout key in the refund's metadata
  payment_id text,
  object_id text,                           -- the refund's or the dispute's id at the provider
  refund_id bigint references refunds (id), -- which refund of ours it is about, where it is one
  state text not null,                      -- 'asked' (that refund is looked up) | 'dispute' | 'noted' (nothing to do)
  received_at timestamptz not null default now(),
  primary key (provider, event_id)
);
create index provider_events_at on provider_events (received_at);
create index provider_events_refund on provider_events (refund_id) where refund_id is not null;

-- Payments that a customer disputes with the bank: refunding them as well could pay twice.
create table disputes (
  provider text not null,
  id text not null,
  payment_id text not null,
  alias_id text,                            -- the same payment by another name: a charge of a PaymentIntent
  amount_minor bigint not null check (amount_minor >= 0),
  currency text not null,
  status text not null check (status in ('open', 'won', 'lost')),
  at timestamptz not null,                  -- when it was opened
  told_at timestamptz not null default now(),
  primary key (provider, id)
);
create index disputes_payment on disputes (payment_id);
create index disputes_alias on disputes (alias_id) where alias_id is not null;
create index disputes_at on disputes (at);
