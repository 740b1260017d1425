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
export type RefundEventRowKind = 'playback' | 'complaint' | 'delivery' | 'goodwill'
export type RefundEventState = 'waiting' | 'new' | 'decided' | 'dropped'
export type ReplacementState = 'asked' | 'intent' | 'sent' | 'failed' | 'denied'
export const PAYOUT_STOP_KINDS = ['kill-switch', 'unusual-rate', 'ledger', 'reconciliation'] as const
export type PayoutStopKind = (typeof PAYOUT_STOP_KINDS)[number]
/** How far a browser came on the way from an invitation to a linked account. */
export type ClaimStep = 'network' | 'shop' | 'consent' | 'linked'
/** How a customer's dispute with the bank stands; `won` is ours. */
export type DisputeStatus = 'open' | 'won' | 'lost'
export type SessionVerdict = 'good' | 'poor' | 'never-started'
export type IncidentDimension = 'title' | 'region' | 'network' | 'player' | 'all'
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
    assignee_id: Nullable<number>
    snoozed_until: NullableStamp
    snoozed_by: Nullable<number>
    snooze_note: Nullable<string>
    escalated_at: NullableStamp
    escalated_by: Nullable<number>
    escalated_to: Nullable<number>
    escalation_reason: Nullable<string>
    needs_draft_since: NullableStamp
    reply_code: Nullable<string>
    correlation_id: Generated<string>
    code_by: Nullable<number>
    /** The author's followers when the last post came; by the database. */
    reach: Generated<number>
  }
  author_links: {
    id: Generated<number>
    network: string
    author_id: string
    customer_id: string
    case_id: Nullable<number>
    consent_version: string
    linked_at: Stamp
    unlinked_at: NullableStamp
    unlinked_by: Nullable<string>
  }
  claim_visits: {
    token_hash: string
    step: ClaimStep
    link: string
    case_id: number
    network: string
    author_id: string
    language: string
    csrf: string
    checks: ColumnType<Record<string, string>, string | undefined, string>
    username: Nullable<string>
    customer_id: Nullable<string>
    customer_name: Nullable<string>
    customer_mail: Nullable<string>
    created_at: Stamp
    expires_at: Date
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
    region: Nullable<string>
    network: Nullable<string>
    player: Nullable<string>
    device_hash: Nullable<string>
    verdict: Nullable<SessionVerdict>
    /** Whether it ever reported; by the database. */
    reporting: ColumnType<boolean, never, never>
    /** `last_report_at` of one with a verdict; by the database. */
    verdict_at: ColumnType<Date | null, never, never>
  }
  incidents: {
    id: Generated<number>
    dimension: IncidentDimension
    value: string
    began_at: Date
    opened_at: Date
    last_seen_at: Date
    closed_at: NullableStamp
    closed_by: Nullable<number>
    note: Nullable<string>
    sessions: number
    affected: number
    never_started: number
    customers: number
    baseline: number
  }
  cmcd_reports: {
    id: Generated<number>
    sid: string
    sn: Nullable<number>
    received_at: Stamp
    mode: 'query' | 'header' | 'event'
    cmcd: string
  }
  provider_events: {
    provider: string
    event_id: string
    type: string
    refund_key: Nullable<string>
    payment_id: Nullable<string>
    object_id: Nullable<string>
    refund_id: Nullable<number>
    state: 'asked' | 'dispute' | 'noted'
    received_at: Stamp
  }
  disputes: {
    provider: string
    id: string
    payment_id: string
    alias_id: Nullable<string>
    amount_minor: number
    currency: string
    status: DisputeStatus
    at: ColumnType<Date, Date, Date>
    told_at: Stamp
  }
  refund_events: {
    id: Generated<number>
    key: string
    kind: RefundEventRowKind
    state: Generated<RefundEventState>
    waits_for: Nullable<'link' | 'order'>
    case_id: Nullable<number>
    post_id: Nullable<number>
    customer_id: Nullable<string>
    order_id: Nullable<string>
    order_line_id: Nullable<string>
    code: Nullable<string>
    sku: Nullable<string>
    facts: ColumnType<Record<string, unknown>, string | undefined, string>
    created_at: Stamp
    due_since: Stamp
    decided_at: NullableStamp
    person_since: NullableStamp
    dropped_by: Nullable<number>
  }
  refund_decisions: {
    id: Generated<number>
    event_id: Nullable<number>
    kind: Generated<string>
    action: Generated<'refund' | 'replace' | 'ask'>
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
    rule_id: Nullable<string>
    sku: Nullable<string>
    method: Generated<'payment' | 'coupon'>
    case_id: Nullable<number>
    device_hash: Nullable<string>
    incident_id: Nullable<number>
    never_started: Generated<boolean>
    granted_by: Nullable<number>
    note: Nullable<string>
    reserved_at: NullableStamp
    /** A company's day, YYYY-MM-DD. */
    reserved_on: Nullable<string>
    base_minor: Nullable<number>
    order_minor: number | null
    others_minor: Generated<number>
    tax_rate_percent: Nullable<string>
    recheck_at: NullableStamp
    reversed_at: NullableStamp
  }
  replacements: {
    id: Generated<number>
    key: string
    decision_id: number
    case_id: Nullable<number>
    order_id: string
    order_line_id: string
    customer_id: string
    sku: Nullable<string>
    title: string
    quantity: number
    locale: string
    mail_template: Nullable<string>
    state: Generated<ReplacementState>
    provider_id: Nullable<string>
    approved_by: Nullable<number>
    error: Nullable<string>
    attempts: Generated<number>
    created_at: Stamp
    sent_at: NullableStamp
    round: Generated<number>
    waiting_since: Stamp
  }
  listing_cases: {
    id: Generated<number>
    sku: string
    code: string
    title: string
    owner: string
    rule_id: Nullable<string>
    former_id: Nullable<number>
    state: Generated<'open' | 'closed'>
    opened_at: Stamp
    closed_at: NullableStamp
    closed_by: Nullable<number>
    fix: Nullable<string>
  }
  listing_case_events: { listing_case_id: number; event_id: number }
  shop_cursors: { name: string; at: Date }
  refund_rule_versions: {
    rule_id: string
    hash: string
    content: ColumnType<Record<string, unknown>, string, string>
    state: Generated<'shadow' | 'active' | 'retired'>
    seen_at: Stamp
    listed: Generated<boolean>
    proposed_by: Nullable<string>
    proposed_at: NullableStamp
    activated_by: Nullable<string>
    activated_at: NullableStamp
    retired_by: Nullable<string>
    retired_at: NullableStamp
  }
  shadow_decisions: {
    event_id: number
    rule_id: string
    hash: string
    outcome: string
    action: string
    amount_minor: number
    currency: string
    limit_hit: Nullable<string>
    at: Stamp
  }
  payout_stops: {
    id: Generated<number>
    kind: PayoutStopKind
    reason: string
    started_by: string
    started_at: Stamp
    ended_by: Nullable<string>
    ended_at: NullableStamp
    end_note: Nullable<string>
  }
  reconciliations: {
    day: string
    provider: string
    matched: number
    faults: Json<{ en: string; ja: string }[]>
    others: Json<Record<string, unknown>[]>
    at: Stamp
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
    replacement_id: Nullable<number>
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
    /** null: signs in at the issuer of an identity only. */
    password_hash: Nullable<string>
    role: Generated<Role>
    role_by_issuer: Generated<boolean>
    language: Generated<string>
    created_at: Stamp
    disabled_at: NullableStamp
  }
  user_identities: { issuer: string; subject: string; user_id: number; created_at: Stamp }
  request_limits: { key: string; points: number; expire: number | null }
  image_cache: {
    url_hash: string
    type: string
    bytes: Buffer
    size: ColumnType<number, never, never>
    fetched_at: Stamp
    used_at: Stamp
  }
  web_sessions: {
    id: Generated<number>
    browser: Nullable<string>
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
  draft_editors: { draft_id: number; user_id: number; at: Stamp }
  case_presence: {
    case_id: number
    user_id: number
    page: string
    writing: Generated<boolean>
    seen_at: Stamp
  }
  draft_locks: { draft_id: number; user_id: number; taken_at: Stamp; expires_at: Date }
  case_notes: { id: Generated<number>; case_id: number; user_id: number; text: string; at: Stamp }
  note_mentions: { note_id: number; user_id: number; seen_at: NullableStamp }
  audit_log: {
    id: Generated<number>
    at: Stamp
    actor: string
    action: string
    subject: string
    detail: ColumnType<Record<string, unknown>, string | undefined, never>
  }
}
