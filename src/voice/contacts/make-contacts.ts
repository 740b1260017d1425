import type { CorrectionFacts, PostFacts, RefundFacts, SessionFacts } from '../../store/contact-sources.ts'
import type { NewContact } from '../../store/contacts.ts'
import type { StoredEntity } from '../../store/schema.ts'
import type { Pseudonyms } from '../pseudonym.ts'

/** What makes a contact readable for everybody. */
export interface Veil {
  /** Takes personal data out of a text; `names` are those that its writer is known by. */
  mask(text: string, names: readonly string[]): string
  pseudonyms: Pick<Pseudonyms, 'of'>
}

const NONE = 'none'
const SHOP = 'shop'
const NEVER_STARTED = 'streaming.playback_error'
const PLAYED_BADLY = 'streaming.quality'
/** What a refund is for where no complaint says it. */
const REFUND_CODES: Record<string, string> = { delivery: 'delivery.late', goodwill: 'billing.refund' }
const NOTHING_KNOWN = { code_before: null, refund_minor: null, refund_currency: null, first_answer_s: null }

/**
 * The contact of a post, or null where it is none: written by us, a repost, edited since, or not about us. Its code is
 * what a person said of the post, else of its case (praise that came later in a case keeps its own), else triage's.
 */
export function contactOfPost(post: PostFacts, veil: Veil): NewContact | null {
  const { label, triaged } = post
  const settled = post.case?.codedByPerson && post.sentiment !== 'positive' ? post.case : null
  const { code, codes } = label ?? settled ?? triaged
  if (post.uncounted || code === NONE) return null
  return {
    ...NOTHING_KNOWN,
    ...common(post),
    kind: 'post',
    network: post.network,
    language: post.language,
    code,
    codes,
    sentiment: post.sentiment,
    severity: (settled ?? (label && post.case) ?? triaged).severity,
    ...productOf(post.entities),
    outcome: post.refunded
      ? 'refunded'
      : post.replaced
        ? 'replaced'
        : post.reversed
          ? 'reversed'
          : post.answered
            ? 'answered'
            : post.case?.handedOn
              ? 'handed-on'
              : 'nothing',
    open: post.case?.open ?? false,
    first_answer_s:
      post.firstAnswerMs === null ? null : Math.min(Math.round(post.firstAnswerMs / 1000), 2 ** 31 - 1),
    text: post.gone || post.text === '' ? null : veil.mask(post.text, namesOf(post.names)),
    person: veil.pseudonyms.of({ network: post.network, id: post.authorId }),
  }
}

/** The contact of a session that played badly, or not at all. */
export function contactOfSession(session: SessionFacts, veil: Veil): NewContact {
  const code = session.neverStarted || session.failed ? NEVER_STARTED : PLAYED_BADLY
  return {
    ...NOTHING_KNOWN,
    ...common(session),
    kind: 'playback',
    network: 'player',
    language: null,
    code,
    codes: [code],
    sentiment: null,
    severity: session.neverStarted || session.failed ? 2 : 1,
    product_id: session.sku ?? session.title,
    product_name: session.title,
    outcome: session.refunded ? 'refunded' : session.reversed ? 'reversed' : 'nothing',
    open: session.waits,
    text: null,
    person: veil.pseudonyms.of({ network: SHOP, id: session.customerId }),
  }
}

/** The contact of a refund that was paid; one that came back is `reversed`. */
export function contactOfRefund(refund: RefundFacts, veil: Veil): NewContact {
  const playback = refund.neverStarted ? NEVER_STARTED : PLAYED_BADLY
  const code =
    refund.code ??
    (refund.kind === 'playback' ? playback : (REFUND_CODES[refund.kind ?? ''] ?? 'billing.refund'))
  return {
    ...NOTHING_KNOWN,
    ...common(refund),
    kind: 'refund',
    network: SHOP,
    language: refund.language,
    code,
    codes: [code],
    sentiment: null,
    severity: refund.severity,
    product_id: refund.sku ?? refund.title,
    product_name: refund.title,
    outcome: refund.reversed ? 'reversed' : 'refunded',
    open: false,
    text: null,
    person: veil.pseudonyms.of({ network: SHOP, id: refund.customerId }),
  }
}

/** The contact of a correction: which code a person gave instead of which. */
export function contactOfCorrection(correction: CorrectionFacts, veil: Veil): NewContact {
  return {
    ...NOTHING_KNOWN,
    ...common(correction),
    kind: 'correction',
    network: correction.network,
    language: correction.language,
    code: correction.code,
    codes: correction.codes,
    code_before: correction.codeBefore,
    sentiment: correction.sentiment,
    severity: correction.severity,
    ...productOf(correction.entities),
    outcome: 'nothing',
    open: false,
    text: null,
    person: veil.pseudonyms.of({ network: correction.network, id: correction.authorId }),
  }
}

function common(facts: PostFacts | SessionFacts | RefundFacts | CorrectionFacts) {
  return {
    ref: facts.ref,
    case_id: facts.caseId,
    at: facts.at,
    region: facts.region,
    order_kind: facts.orderKind,
    refund_minor: facts.refundMinor,
    refund_currency: facts.refundCurrency,
    cost_micro_usd: Math.round(facts.costMicroUsd),
  }
}

/** The first product or title that is named; the English name of the catalogue, which is the same in all languages. */
function productOf(entities: readonly StoredEntity[]) {
  const named = entities.find(({ kind, id }) => (kind === 'product' || kind === 'title') && id !== undefined)
  return { product_id: named?.id ?? null, product_name: named?.name?.en ?? named?.text ?? null }
}

/** Names whole and in their words: who is called "Laura Whitfield" signs as Laura. */
function namesOf(names: readonly (string | null)[]): string[] {
  const known = names.filter((name) => name !== null)
  const words = known.flatMap((name) => {
    const parts = name.split(/[\s_.・]+/u)
    return parts.length > 1 && parts.length < 4 ? parts.filter(isName) : []
  })
  return [...known, ...words]
}

function isName(word: string): boolean {
  return (
    /^[A-ZÀ-Ý][a-zà-ÿ'’]{2,}$/u.test(word) || /^[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}ー]{2,}$/u.test(word)
  )
}
