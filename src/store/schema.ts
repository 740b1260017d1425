import type { ColumnType, Generated, JSONColumnType } from 'kysely'

type Json<T extends object> = JSONColumnType<T, string, string>
/** A timestamp that the database fills in where none is given. */
type Stamp = ColumnType<Date, Date | undefined, Date>
type NullableStamp = ColumnType<Date | null, Date | null | undefined, Date | null>
type Nullable<T> = ColumnType<T | null, T | null | undefined, T | null>

export type SourceState = 'ok' | 'limited' | 'retrying' | 'revoked' | 'blocked' | 'ended'
export type CaseState = 'open' | 'answered' | 'closed'
export type DraftState =
  | 'pending'
  | 'approved'
  | 'published'
  | 'rejected'
  | 'superseded'
  | 'none'
  | 'returned'
export type Delivery = 'api' | 'manual' | 'none'
export type ReplyState = 'intent' | 'sending' | 'sent' | 'cancelled' | 'unknown'
export type RefundState =
  | 'asked'
  | 'reserved'
  | 'sending'
  | 'paid'
  | 'pending'
  | 'failed'
  | 'denied'
  | 'unknown'
export type Role = 'viewer' | 'guest' | 'agent' | 'approver' | 'ops' | 'admin'

/** A backwards walk over posts that came while nobody listened: it goes on below `untilId`. */
export interface Gap {
  newestId: string
  untilId: string
  /** Posts walked over so far. */
  walked: number
}

export interface Media {
  kind: string
  url: string
  alt?: string
}

export interface StoredCheck {
  rule: string
  ok: boolean
  why: string
  hard: boolean
}

export interface Reason {
  kind: string
  text: string
  start?: number
  end?: number
  code?: string
  weight: number
}

/** Something that a post names. Personal data has a place in the post and no words of its own. */
export interface StoredEntity {
  kind: string
  start: number
  end: number
  text?: string
  /** Of a product or title. */
  id?: string
  name?: { en: string; ja: string }
  amountMinor?: number
  currency?: string
  /** ISO date; null where several days may be meant. */
  date?: string | null
}

export interface PostContext {
  repliesTo?: { id: string; text: string; author: string }
  quotes?: { id: string; text: string; author: string }
}

/** The tables; `migrations/` is the authority, this file says the same to the type checker. */
export interface Database {
  secrets: { name: string; value: string }
  sources: {
    id: string
    network: string
    kind: string
    query: Nullable<string>
    since_id: Nullable<string>
    gap: ColumnType<Gap | null, string | null | undefined, string | null>
    state: Generated<SourceState>
    problem: Nullable<string>
    warning: Nullable<string>
    failures: Generated<number>
    polled_at: NullableStamp
    ok_at: NullableStamp
    next_poll_at: Stamp
    enabled: Generated<boolean>
  }
  rate_limits: {
    network: string
    endpoint: string
    max_calls: number
    remaining: number
    reset_at: Date
  }
  api_charges: {
    day: ColumnType<Date, Date | string, never>
    network: string
    kind: string
    resource: string
    micro_usd: number
    at: Stamp
  }
  authors: {
    network: string
    external_id: string
    username: string
    name: Nullable<string>
    followers: Nullable<number>
    opted_out_at: NullableStamp
    seen_at: Stamp
  }
  cases: {
    id: Generated<number>
    network: string
    author_id: string
    matter: string
    state: Generated<CaseState>
    language: string
    code: string
    codes: string[]
    severity: number
    confidence: number
    sentiment: string
    needs_person: Nullable<string>
    opened_at: Stamp
    due_at: Date
    last_post_at: Date
    answered_at: NullableStamp
    closed_at: NullableStamp
    close_reason: Nullable<string>
    assignee: Nullable<number>
    needs_draft_since: NullableStamp
    correlation_id: Generated<string>
    code_by: Nullable<number>
  }
  labels: {
    post_id: number
    code: string
    codes: string[]
    source: 'corrected' | 'confirmed'
    user_id: number
    at: Stamp
  }
  posts: {
    id: Generated<number>
    network: string
    external_id: string
    source_id: string
    author_id: string
    text: string
    created_at: Date
    received_at: Stamp
    conversation_id: Nullable<string>
    reply_to_id: Nullable<string>
    quoted_id: Nullable<string>
    repost_of_id: Nullable<string>
    edit_of_id: Nullable<string>
    summoned: boolean
    own: Generated<boolean>
    media: Json<Media[]>
    context: Json<PostContext>
    state: Generated<'new' | 'triaged' | 'ignored'>
    ignored_reason: Nullable<string>
    superseded_by: Nullable<string>
    deleted_at: NullableStamp
    case_id: Nullable<number>
    correlation_id: Generated<string>
  }
  triages: {
    post_id: number
    language: string
    sentiment: string
    score: number
    code: string
    codes: string[]
    severity: number
    confidence: number
    needs_person: Nullable<string>
    opt_out: boolean
    reasons: Json<Reason[]>
    entities: ColumnType<StoredEntity[], string | undefined, string>
    taxonomy_hash: string
    at: Stamp
  }
  drafts: {
    id: Generated<number>
    case_id: number
    post_id: number
    version: Generated<number>
    state: DraftState
    delivery: Delivery
    locale: Nullable<string>
    template: Nullable<string>
    template_hash: Nullable<string>
    text: Nullable<string>
    reason: Nullable<string>
    weighted_length: Generated<number>
    cost_micro_usd: Generated<number>
    checks: Json<StoredCheck[]>
    auto: Generated<boolean>
    edited: Generated<boolean>
    decided_by: Nullable<number>
    decided_at: NullableStamp
    decision_note: Nullable<string>
    publish_at: NullableStamp
    created_at: Stamp
  }
  replies: {
    id: Generated<number>
    key: string
    draft_id: number
    case_id: number
    network: string
    in_reply_to: string
    text: string
    state: Generated<ReplyState>
    sending_at: NullableStamp
    sent_at: NullableStamp
    external_id: Nullable<string>
    attempts: Generated<number>
    error: Nullable<string>
    created_at: Stamp
  }
  streaming_sessions: {
    sid: string
    customer_id: string
    order_id: string
    order_line_id: string
    title: string
    registered_at: Stamp
    last_report_at: NullableStamp
    reports: Generated<number>
    report_bytes: Generated<number>
    quarantined: Generated<number>
    measured_at: NullableStamp
    measured_reports: Generated<number>
    decided_at: NullableStamp
    state: Generated<'open' | 'ended' | 'decided'>
    quality: ColumnType<Record<string, unknown> | null, string | null | undefined, string | null>
  }
  cmcd_reports: {
    id: Generated<number>
    sid: string
    sn: Nullable<number>
    received_at: Stamp
    mode: 'query' | 'header' | 'event'
    cmcd: string
  }
  refund_decisions: {
    id: Generated<number>
    sid: Nullable<string>
    order_line_id: string
    customer_id: string
    rule_id: Nullable<string>
    rule_hash: Nullable<string>
    outcome: 'pay' | 'ask' | 'deny' | 'no-rule'
    amount_minor: number
    currency: string
    limit_hit: Nullable<string>
    reasons: Json<{ condition: string; held: boolean; value?: unknown }[]>
    inputs: Json<Record<string, unknown>>
    sentence: Json<{ en: string; ja: string }>
    at: Stamp
  }
  refunds: {
    id: Generated<number>
    key: string
    round: Generated<number>
    decision_id: number
    order_id: string
    order_line_id: string
    customer_id: string
    payment_id: string
    title: string
    locale: string
    mail_template: Nullable<string>
    problem: Nullable<string>
    amount_minor: number
    currency: string
    charged_minor: number
    state: Generated<RefundState>
    approved_by: Nullable<number>
    waiting_since: Stamp
    sending_at: NullableStamp
    provider: Nullable<string>
    provider_id: Nullable<string>
    paid_at: NullableStamp
    untold: Generated<boolean>
    error: Nullable<string>
    attempts: Generated<number>
    created_at: Stamp
  }
  ledger_entries: {
    id: Generated<number>
    refund_id: number
    round: Generated<number>
    event: string
    account: string
    amount_minor: number
    currency: string
    at: Stamp
  }
  mails: {
    id: Generated<number>
    key: string
    message_id: string
    refund_id: Nullable<number>
    customer_id: string
    recipient: string
    locale: string
    template: string
    subject: string
    text: string
    html: string
    state: Generated<'intent' | 'sent' | 'rejected'>
    sent_at: NullableStamp
    error: Nullable<string>
    created_at: Stamp
  }
  users: {
    id: Generated<number>
    name: string
    login: string
    password_hash: string
    role: Generated<Role>
    language: Generated<string>
    created_at: Stamp
    disabled_at: NullableStamp
  }
  web_sessions: {
    token_hash: string
    user_id: number
    csrf_token: string
    created_at: Stamp
    seen_at: Stamp
    expires_at: Date
  }
  invitations: {
    token_hash: string
    role: Role
    made_by: string
    created_at: Stamp
    expires_at: Date
    used_at: NullableStamp
  }
  dead_letters: {
    id: Generated<number>
    queue: string
    ref: string
    error: string
    attempts: number
    first_failed_at: Stamp
    last_failed_at: Stamp
    state: Generated<'dead' | 'retrying' | 'resolved' | 'dropped'>
  }
  quarantine: {
    id: Generated<number>
    source: string
    reason: string
    payload: string
    state: Generated<'kept' | 'retrying' | 'resolved'>
    at: Stamp
    retried_at: NullableStamp
  }
  model_spend: {
    day: ColumnType<string, string, never>
    micro_usd: number
    calls: Generated<number>
  }
  model_answers: {
    key: string
    purpose: string
    model: string
    answer: ColumnType<unknown, string, string>
    at: Stamp
  }
  model_states: {
    process: string
    model: string
    circuit: 'closed' | 'half-open' | 'open'
    budget_micro_usd: number
    failure: Nullable<string>
    failed_at: NullableStamp
    at: Stamp
  }
  heartbeats: { process: string; worker: string; at: Date }
  audit_log: {
    id: Generated<number>
    at: Stamp
    actor: string
    action: string
    subject: string
    detail: ColumnType<Record<string, unknown>, string | undefined, never>
  }
}
