import { otherDrafts, type Rewording, twinOfDraft } from '../cases/index.ts'
import type { Desk } from './desk.ts'
import { calm } from './format.ts'
import { type Language, translate, translateOr } from './i18n.ts'
import { showReport } from './show-report.ts'
import type { Visit } from './visit.ts'
import { wordDiff } from './word-diff.ts'

/** What a person may ask a model for. */
export const WISHES = ['kinder', 'shorter'] as const
export type AskedWish = (typeof WISHES)[number]

const LONGEST_FOUND = 200

/** What came of asking a model, and what for. */
export interface Asked {
  wish: AskedWish
  done: Rewording
}

/** A text that was to be taken while other words stood in the editor. */
export interface NotTaken {
  /** A template's id, or `model`. */
  take: string
  text: string
  /** What a model's text was made from. */
  base: string
}

/** What helps to write: the same text in the reader's language, other texts once asked for, and a model's. */
export async function writingView(
  desk: Desk,
  visit: Visit,
  draft: { id: number; locale: string; edited: boolean; model: string | null; editable: boolean },
  extras: { asked?: Asked; notTaken?: NotTaken; others?: boolean } = {},
) {
  const { language } = visit
  const { writing } = desk
  if (!writing) return null
  const twin =
    language === draft.locale
      ? null
      : await twinOfDraft(desk.store, writing.replies, { draftId: draft.id, reader: language })
  const { asked, notTaken } = extras
  return {
    draftId: draft.id,
    locale: draft.locale,
    editable: draft.editable,
    wishes: writing.model.name === null ? [] : WISHES,
    twin: twin && { ...twin, changed: draft.edited || draft.model !== null },
    others: extras.others ? await othersView(desk, visit, draft.id) : null,
    reworded: asked ? rewordedView(language, asked) : null,
    notTaken: notTaken ?? null,
  }
}

/** The other texts for a draft, as the page shows them. */
export async function othersView(desk: Desk, visit: Visit, draftId: number) {
  const { language } = visit
  const { writing } = desk
  if (!writing) return []
  const others = await otherDrafts(desk.store, writing.replies, { draftId, reader: language })
  return others.map(({ report, ...other }) => ({
    ...other,
    codeName: desk.taxonomy.codes.find(({ code }) => code === other.code)?.name[language] ?? null,
    report: showReport(language, report),
  }))
}

/** A model's wording as a diff, or the sentence that says why there is none. */
export function rewordedView(language: Language, { wish, done }: Asked) {
  if (done.outcome === 'no-answer') return { wish, why: translate(language, `noModel.${done.why}`) }
  if (done.outcome === 'refused') {
    const words = done.why === 'check' ? translateOr(language, 'rule', done.found) : calm(done.found)
    return {
      wish,
      why: translate(language, `refusal.${done.why}`, { found: words.slice(0, LONGEST_FOUND) }),
    }
  }
  const { before, text, locale, report } = done
  const parts = wordDiff(before, text, locale)
  return { wish, why: null, locale, parts, before, text, report: showReport(language, report) }
}
