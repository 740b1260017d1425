import type { ColumnType, Generated, JSONColumnType } from 'kysely'

type Json<T extends object> = JSONColumnType<T, string, string>
/** A timestamp that the database fills in where none is given. */
type Stamp = ColumnType<Date, Date | undefined, Date>
type NullableStamp = ColumnType<Date | null, Date | null | undefined, Date | null>
type Nullable<T> = ColumnType<T | null, T | null | undefined, T | null>

/** What a dossier is about. A title is a product. */
export type DossierKind = 'code' | 'product' | 'cluster'

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
export const CONTACT_KINDS = ['post', 'playback', 'refund', 'correction'] as const
export type ContactKind = (typeof CONTACT_KINDS)[number]
export const CONTACT_OUTCOMES = [
  'answered',
  'refunded',
  'replaced',
  'handed-on',
  'reversed',
  'nothing',
] as const
/** What we did for the customer; of several, the one that cost us most. */
export type ContactOutcome = (typeof CONTACT_OUTCOMES)[number]
/** What changed, so that contacts must be written or amended. */
export type ContactNoteKind = 'post' | 'case' | 'session' | 'refund' | 'correction'
export type LetterSource = 'person' | 'rule' | 'president'
export type LetterState = 'open' | 'answered' | 'accepted'
export type LetterEvent = 'sent' | 'joined' | 'answered' | 'asked-again' | 'accepted' | 'reminded' | 'overdue'
export type LetterMail = 'new' | 'again' | 'reminder' | 'overdue'
/** What an owner answers. `numbers`, `timeline` and `similar` were filled in by the system and may have been edited. */
export interface LetterAnswers {
  why: string
  impact: string
  done: string
  fix: string
  /** YYYY-MM-DD, or empty. */
  fixBy: string
  again: string
  numbers: string
  timeline: string
  similar: string
}
export type Role = 'viewer' | 'guest' | 'agent' | 'approver' | 'ops' | 'admin'

/** What a cord can be pulled for: a SKU, the id of a title, a wrap-up code. */
export const CORD_KINDS = ['product', 'title', 'code'] as const
export type CordKind = (typeof CORD_KINDS)[number]
export type SignalState = 'open' | 'dismissed' | 'acted'
/** What the shop says that it did about a cord; null: it did not say. */
export interface ShopAnswer {
  saleStopped: boolean | null
  ordersHeld: number | null
  message: string | null
}

/** What chats are told of. */
export const CHAT_KINDS = ['voice', 'incident', 'signal', 'cord', 'review'] as const
export type ChatKind = (typeof CHAT_KINDS)[number]
export interface BothLanguages {
  en: string
  ja: string
}
/** What a chat is told, in our own words and numbers: nothing that a customer wrote. */
export interface ChatBody {
  title: BothLanguages
  lines: BothLanguages[]
  table: { head: BothLanguages[]; rows: string[][] } | null
  /** Where the desk has more of it, such as /cases/12. */
  path: string | null
}
/** Voices that were too many to be told one by one. */
export interface ChatSum {
  count: number
  codes: { code: string; count: number }[]
  from: string
  to: string
}

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
    interval_ms: Nullable<number>
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
    /** Its words were let go. */
    erased_at: NullableStamp
    looked_at: NullableStamp
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
    /** The reply promises to be back within so many hours; null: it does not. */
    promised_hours: Nullable<number>
    /** Name of the model that wrote or changed the text. */
    model: Nullable<string>
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
  post_words: { post_id: number; grams: number[] }
  posts_to_index: { post_id: number }
  own_replies: {
    network: string
    external_id: string
    in_reply_to: string
    text: string
    seen_at: Stamp
  }
  own_timelines: {
    network: string
    covered_from: Date
    read_at: Date
    newest_at: Nullable<Date>
    deep_at: Nullable<Date>
    deep_newest_at: Nullable<Date>
  }
  crises: {
    id: Generated<number>
    reason: string
    started_by: string
    started_at: Stamp
    ended_by: Nullable<string>
    ended_at: NullableStamp
    end_note: Nullable<string>
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
    /** What they read; none: everything. null: never asked. */
    languages: Nullable<string[]>
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
  queue_history: {
    at: ColumnType<Date, Date, never>
    queue: string
    waiting: Generated<number>
    oldest_seconds: Generated<number>
    done: Generated<number>
  }
  /** Written by the database as charges come. */
  api_spend: {
    day: ColumnType<string, never, never>
    network: string
    kind: string
    charges: number
    micro_usd: number
  }
  draft_editors: { draft_id: number; user_id: number; at: Stamp }
  case_presence: {
    case_id: number
    user_id: number
    page: string
    writing: Generated<boolean>
    seen_at: Stamp
  }
  draft_locks: { draft_id: number; user_id: number; taken_at: Stamp; expires_at: Date }
  contacts: {
    id: Generated<number>
    kind: ContactKind
    ref: string
    case_id: Nullable<number>
    at: Date
    network: string
    region: Nullable<string>
    language: Nullable<string>
    code: string
    codes: string[]
    code_before: Nullable<string>
    sentiment: Nullable<string>
    severity: Nullable<number>
    product_id: Nullable<string>
    product_name: Nullable<string>
    order_kind: Nullable<string>
    outcome: ContactOutcome
    open: Generated<boolean>
    refund_minor: Nullable<number>
    refund_currency: Nullable<string>
    first_answer_s: Nullable<number>
    cost_micro_usd: Generated<number>
    text: Nullable<string>
    person: Nullable<string>
    written_at: Stamp
    amended_at: Stamp
  }
  /** Which department was sent which review. */
  review_mails: {
    period: string
    department: string
    state: Generated<'intent' | 'sent' | 'rejected'>
    error: Nullable<string>
    next_try_at: Stamp
    created_at: Stamp
    sent_at: NullableStamp
  }
  contact_codes: {
    code: string
    name_en: string
    name_ja: string
    department: string
    renamed_to: Nullable<string>
    listed: boolean
    seen_at: Stamp
  }
  contacts_to_do: { id: Generated<number>; old: Generated<boolean>; what: ContactNoteKind; ref: string }
  contact_tokens: {
    id: Generated<number>
    name: string
    token_hash: string
    texts: Generated<boolean>
    made_by: string
    created_at: Stamp
    expires_at: Date
    used_at: NullableStamp
    ended_at: NullableStamp
    ended_by: Nullable<string>
  }
  contact_exports: {
    id: Generated<number>
    at: Stamp
    made_by: string
    format: string
    contacts_from: Date
    contacts_to: Date
    texts: boolean
    contacts: Nullable<number>
  }
  composers: {
    draft_id: number
    user_id: number
    first_opened_at: Stamp
    opened_at: Stamp
    looked_at: NullableStamp
  }
  case_notes: { id: Generated<number>; case_id: number; user_id: number; text: string; at: Stamp }
  abuse_showings: { id: Generated<number>; user_id: number; case_id: number; post_id: number; at: Stamp }
  note_mentions: { note_id: number; user_id: number; seen_at: NullableStamp }
  chat_news: {
    id: Generated<number>
    key: string
    kind: ChatKind
    codes: Generated<string[]>
    severity: Generated<number>
    language: Nullable<string>
    post_id: Nullable<number>
    body: Json<ChatBody>
    created_at: Stamp
    spread_at: NullableStamp
  }
  chat_channels: {
    name: string
    kind: string
    configured: Generated<boolean>
    since: Stamp
    ok_at: NullableStamp
    failures: Generated<number>
    problem: Nullable<string>
    problem_at: NullableStamp
    paused_until: NullableStamp
    leased_until: NullableStamp
  }
  chat_messages: {
    id: Generated<number>
    channel: string
    news_id: Nullable<number>
    kind: ChatKind | 'sum'
    severity: Generated<number>
    sum: ColumnType<ChatSum | null, string | null | undefined, string | null>
    state: Generated<'waiting' | 'summed' | 'sent' | 'failed'>
    summed_in: Nullable<number>
    held: Generated<boolean>
    words: Nullable<string>
    attempts: Generated<number>
    next_try_at: NullableStamp
    error: Nullable<string>
    created_at: Stamp
    sent_at: NullableStamp
  }
  andon_watch: {
    id: number
    contact_id: number
    learnt: boolean
    state: ColumnType<unknown, string, string>
    stored_at: Stamp
  }
  signals: {
    id: Generated<number>
    reason: 'surge' | 'danger'
    kind: CordKind | 'company'
    name: string
    code: string | null
    at: Date
    began_at: Date
    seen: number
    expected: number
    chance: number
    state: Generated<SignalState>
    settled_by: Nullable<string>
    settled_at: NullableStamp
    note: Nullable<string>
    created_at: Stamp
  }
  signal_looks: { signal_id: number; user_id: number; at: Stamp }
  cords: {
    id: Generated<number>
    kind: CordKind
    name: string
    signal_id: Nullable<number>
    reason: string
    pulled_by: string
    pulled_at: Stamp
    resumed_by: Nullable<string>
    resumed_at: NullableStamp
    cause: Nullable<string>
    fix: Nullable<string>
    vouched_by: Nullable<string>
  }
  cord_messages: {
    id: Generated<number>
    cord_id: number
    what: 'pulled' | 'resumed'
    key: string
    body: string
    state: Generated<'waiting' | 'done' | 'refused'>
    attempts: Generated<number>
    next_try_at: Stamp
    problem: Nullable<string>
    answer: ColumnType<ShopAnswer | null, string | null | undefined, string | null>
    created_at: Stamp
    tried_at: NullableStamp
    done_at: NullableStamp
  }
  erasures: {
    id: Generated<number>
    at: Stamp
    by: string
    again: Generated<boolean>
    /** Keyed hashes of accounts and customer ids. */
    people: string[]
    counts: ColumnType<Record<string, number>, string, never>
    exports: ColumnType<Record<string, unknown>[], string, never>
  }
  user_departments: { user_id: number; department: string }
  letters: {
    id: Generated<number>
    source: LetterSource
    /** Of a rule: what it sent up, so that it does so once. */
    key: Nullable<string>
    rule: Nullable<string>
    department: string
    codes: string[]
    product_id: Nullable<string>
    title: string
    reason: Generated<string>
    language: string
    sent_by: Nullable<number>
    sent_at: Stamp
    hours: number
    due_at: Date
    round: Generated<number>
    state: Generated<LetterState>
    answered_at: NullableStamp
    settled_at: NullableStamp
  }
  letter_cases: { letter_id: number; case_id: number }
  letter_voices: {
    letter_id: number
    post_id: number
    at: Date
    language: string
    text: string
    left_out: Generated<boolean>
  }
  letter_originals: {
    letter_id: number
    words: string
    masked: string
    sender: string
    received_on: ColumnType<string, string, never>
  }
  letter_versions: {
    letter_id: number
    version: number
    round: number
    answers: Json<LetterAnswers>
    saved_by: Nullable<number>
    saved_at: Stamp
    sent: Generated<boolean>
  }
  letter_events: {
    id: Generated<number>
    letter_id: number
    at: Stamp
    what: LetterEvent
    by: Nullable<number>
    round: number
    note: Nullable<string>
  }
  letter_mails: {
    id: Generated<number>
    key: string
    letter_id: number
    kind: LetterMail
    state: Generated<'intent' | 'sent' | 'rejected'>
    error: Nullable<string>
    next_try_at: Stamp
    created_at: Stamp
    sent_at: NullableStamp
  }
  readings: {
    id: Generated<number>
    user_id: number
    given_by: number
    count: number
    codes: Generated<string[]>
    until: ColumnType<string, string, never>
    created_at: Stamp
    ended_at: NullableStamp
  }
  suggestion_clusters: {
    id: Generated<number>
    code: string
    /** ISO 639-1; '' where nobody knows. */
    language: string
    fixed: Generated<boolean>
    name: Nullable<string>
    done: Nullable<string>
    done_by: Nullable<number>
    done_at: NullableStamp
    created_at: Stamp
  }
  suggestion_voices: {
    contact_id: number
    cluster_id: number
    code: string
    language: string
    terms: string[]
  }
  dossier_tries: {
    id: Generated<number>
    kind: DossierKind
    name: string
    tried: string
    tried_on: ColumnType<string, string, never>
    by: number
    at: Stamp
    result: Nullable<string>
    result_by: Nullable<number>
    result_at: NullableStamp
  }
  voices_read: { user_id: number; post_id: number; at: Stamp }
  thoughts: {
    id: Generated<number>
    user_id: number
    post_id: number
    code: string
    text: string
    at: Stamp
    seen_at: NullableStamp
    seen_by: Nullable<number>
  }
  forgotten: { day: ColumnType<string, string, never>; what: string; count: number; last_at: Stamp }
  looks_again: {
    day: ColumnType<string, string, never>
    network: string
    looked: Generated<number>
    gone: Generated<number>
    micro_usd: Generated<number>
    waiting: Generated<number>
    last_at: Stamp
  }
  audit_log: {
    id: Generated<number>
    at: Stamp
    actor: string
    action: string
    subject: string
    detail: ColumnType<Record<string, unknown>, string | undefined, never>
  }
}
