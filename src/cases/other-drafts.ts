import type { DraftInput, OtherText, Replies } from '../replies/index.ts'
import type { Db } from '../store/database.ts'
import { findDraftToDecide } from '../store/decisions.ts'
import { findWaitingDraft } from '../store/draft-source.ts'
import { earlierTemplates, readCasesToDraft } from '../store/drafts.ts'
import { contextOf, type TextReport } from './checked-text.ts'
import { draftInputOf } from './draft-input.ts'

export type TemplateTexts = Pick<Replies, 'others' | 'twin' | 'ownLinkIn' | 'check'>

/** A text to choose, with what it weighs, costs and breaks. */
export interface OtherDraft extends OtherText {
  report: TextReport
  /** The same in the reader's language, where that is another one. */
  twin: OtherText | null
}

/** A draft, and the language in which somebody wants to follow it. */
export interface DraftReader {
  draftId: number
  reader: string
}

/** What else a draft could say: the further texts of its template, and those of the other codes of its post. */
export async function otherDrafts(db: Db, texts: TemplateTexts, of: DraftReader): Promise<OtherDraft[]> {
  const found = await readDraft(db, texts, of.draftId)
  if (!found) return []
  const { draft, facts, locale } = found
  const avoidTemplates = (await earlierTemplates(db, [found.subject])).get(found.subject.id) ?? []
  const context = await contextOf(db, found.toDecide)
  const own = draft.template?.replace(/\/.*/s, '')
  const codes = [own, facts.classification.code, ...found.subject.codes].filter((code) => code !== undefined)
  const isOwn = (other: OtherText) =>
    other.text === draft.text || (other.template === draft.template && !draft.edited && draft.model === null)
  return texts
    .others({ ...facts, avoidTemplates }, codes)
    .filter((other) => !isOwn(other))
    .map((other) => {
      const report = texts.check(other.text, context)
      const twin = of.reader === locale ? null : texts.twin(facts, other.template, of.reader)
      return { ...other, report, twin }
    })
}

/** The template of a draft in the reader's language; null where that is the draft's own, or it has no template. */
export async function twinOfDraft(db: Db, texts: TemplateTexts, of: DraftReader): Promise<OtherText | null> {
  const found = await readDraft(db, texts, of.draftId)
  const template = found?.draft.template
  if (!found || !template || found.locale === of.reader) return null
  return texts.twin(found.facts, template, of.reader)
}

async function readDraft(db: Db, texts: TemplateTexts, draftId: number) {
  const draft = await findWaitingDraft(db, draftId)
  const toDecide = await findDraftToDecide(db, draftId)
  const [subject] = draft ? await readCasesToDraft(db, [draft.case_id]) : []
  if (!draft || !toDecide || !subject) return null
  const facts: DraftInput = {
    ...draftInputOf(subject),
    // Its own link to say who they are: another text can carry the same.
    claimUrl: texts.ownLinkIn(draft.text ?? ''),
  }
  const locale = draft.locale ?? subject.language.split('-')[0] ?? ''
  return { draft, toDecide, subject, facts, locale }
}
