import { weighText } from '../weigh.ts'
import { type FactKind, foreignFact } from './foreign-facts.ts'
import { type Hidden, hiddenIn, show } from './hide.ts'
import type { Wish } from './question.ts'

export { type Hidden, hide } from './hide.ts'
export { type RewordingAbout, type RewordingAnswer, rewordingQuestion, type Wish } from './question.ts'

/** Why a model's wording is not offered; `found` are the words in question. */
export interface Refusal {
  why: FactKind | 'hidden' | 'same' | 'not-shorter' | 'too-long'
  found: string
}

/** A kind word more is welcome; what grows beyond this says more. */
const MOST_LONGER = 1.5
const SHORT = 40

/** Judges what a model wrote of a hidden draft: the wording, whole again, or why it is refused. */
export function readRewording(
  said: string,
  draft: Hidden,
  about: { wish: Wish; locale: string; known: string },
): { ok: true; text: string } | { ok: false; refusal: Refusal } {
  const refuse = (why: Refusal['why'], found = '') => ({ ok: false as const, refusal: { why, found } })
  const text = said
    .replaceAll('\r\n', '\n')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{2,}/g, '\n')
    .trim()
  if (hiddenIn(text).join() !== hiddenIn(draft.text).join()) return refuse('hidden')
  const foreign = foreignFact(text, draft.text, about.locale, about.known)
  if (foreign) return refuse(foreign.kind, foreign.found)
  const [before, after] = [show(draft.text, draft), show(text, draft)]
  if (before === after) return refuse('same')
  if (about.wish === 'shorter' && weighText(after) >= weighText(before)) return refuse('not-shorter')
  if (weighText(after) > weighText(before) * MOST_LONGER + SHORT) return refuse('too-long')
  return { ok: true, text: after }
}
