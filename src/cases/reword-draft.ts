import type { FailureReason, LanguageModel } from '../language-model/index.ts'
import {
  hide,
  type Refusal,
  type Replies,
  readRewording,
  rewordingQuestion,
  type Wish,
} from '../replies/index.ts'
import { audit } from '../store/audit.ts'
import type { Store } from '../store/database.ts'
import { findDraftToDecide } from '../store/decisions.ts'
import { type CaseToDraft, readCasesToDraft } from '../store/drafts.ts'
import { maskPersonalData, withoutPeople } from '../triage/index.ts'
import { contextOf, mayGoOut, type TextContext, type TextReport, tidy } from './checked-text.ts'
import { type Conflict, conflict, type DraftDecision, type Locked, lockAsSeen } from './decision.ts'

/** Several posts' worth of characters: nothing that could become one. */
const MAX_DRAFT = 2000

/** What words replies anew. */
export interface Writer {
  model: LanguageModel
  replies: Pick<Replies, 'brand' | 'tone' | 'check'>
}

/** A draft in a model's words, or why there are none. */
export type Rewording =
  | { outcome: 'reworded'; before: string; text: string; model: string; locale: string; report: TextReport }
  /** It was written, and can not be used: `found` are the words in question, or the rule that it breaks. */
  | { outcome: 'refused'; why: Refusal['why'] | 'check' | 'personal' | 'empty' | 'overlong'; found: string }
  | { outcome: 'no-answer'; why: FailureReason }

/**
 * Asks for what stands in the editor in other words, and stores nothing but that somebody asked. Nobody asks for a
 * draft that changed in between, or that a colleague writes on.
 */
export async function rewordDraft(
  store: Store,
  writer: Writer,
  input: DraftDecision & { text: string; wish: Exclude<Wish, 'polished'> },
): Promise<Rewording | Conflict | Locked> {
  const seen = await store.transaction().execute((trx) => lockAsSeen(trx, input))
  if (seen.outcome !== 'seen') return seen
  const { draft } = seen
  const [subject] = await readCasesToDraft(store, [draft.case_id])
  if (!subject) return conflict(store, draft.id)
  const context = await contextOf(store, draft)
  const done = await reword(writer, subject, context, { text: tidy(input.text), wish: input.wish })
  await audit(store, `user:${input.userId}`, 'draft.model-asked', `draft:${draft.id}`, {
    case: draft.case_id,
    wish: input.wish,
    outcome: done.outcome,
    ...(done.outcome === 'reworded' ? { model: done.model } : { why: done.why }),
  })
  return done
}

/** The same for a draft that nobody has seen yet; null where there is no such draft. */
export async function polish(store: Store, writer: Writer, draftId: number): Promise<Rewording | null> {
  const draft = await findDraftToDecide(store, draftId)
  const [subject] = draft ? await readCasesToDraft(store, [draft.case_id]) : []
  if (!draft?.text || !subject) return null
  return reword(writer, subject, await contextOf(store, draft), { text: draft.text, wish: 'polished' })
}

async function reword(
  { model, replies }: Writer,
  subject: CaseToDraft,
  context: TextContext,
  { text, wish }: { text: string; wish: Wish },
): Promise<Rewording> {
  if (text === '') return { outcome: 'refused', why: 'empty', found: '' }
  if (text.length > MAX_DRAFT) return { outcome: 'refused', why: 'overlong', found: '' }
  const { locale, code, severity } = context
  const names = [subject.authorName ?? '', subject.username].filter((name) => Array.from(name).length > 1)
  const hidden = hide(replies.brand, text, { locale, names })
  // A person may have typed what must not leave the house. Links are hidden, and their digits nobody's telephone.
  const words = text.replace(/https?:\/\/\S+/g, ' ')
  if (maskPersonalData(words) !== words) return { outcome: 'refused', why: 'personal', found: '' }
  const about = { wish, locale, code, severity }
  const answer = await model.ask(rewordingQuestion(replies, about, hidden.text, withoutPeople(subject.text)))
  if (!answer.ok) return { outcome: 'no-answer', why: answer.reason }
  const known = replies.brand.name[locale] ?? ''
  const read = readRewording(answer.value.text, hidden, { wish, locale, known })
  if (!read.ok) return { outcome: 'refused', ...read.refusal }
  const report = replies.check(read.text, context)
  if (!mayGoOut(report)) {
    const broken = report.checks.find((check) => !check.ok && check.hard)
    return { outcome: 'refused', why: 'check', found: broken?.rule ?? 'length' }
  }
  return { outcome: 'reworded', before: text, text: read.text, model: answer.model, locale, report }
}
