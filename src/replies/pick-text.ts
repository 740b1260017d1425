import { hash } from 'node:crypto'
import { cleanQuote } from './clean.ts'
import type { DraftInput } from './draft.ts'
import { MAX_QUOTE, type RenderScope } from './render-scope.ts'
import type { ReplyTemplate, ReplyVariant } from './reply-template.ts'
import { noticeableSentences } from './sentences.ts'
import { likenessTo, NEAR_DUPLICATE } from './similarity.ts'
import { MAX_WEIGHTED_LENGTH, weighText } from './weigh.ts'

/** Wordings tried of each variant before the best so far is taken. */
const TRIES = 16
/** So many of the replies sent last stand side by side with this one. */
const NEIGHBOURS = 6

export interface PickedText {
  variant: ReplyVariant
  text: string
  /** How much it is like the replies that this person got before, 0 to 1. */
  alikeEarlier: number
}

/**
 * The first wording, in the seed's own order, that this person did not get before, that reads unlike the recent
 * replies and shares no sentence with the last of them; else the one that comes closest to that.
 * @param room weighted characters that the text may take
 */
export function pickText(
  template: ReplyTemplate,
  variants: readonly ReplyVariant[],
  input: DraftInput,
  room = MAX_WEIGHTED_LENGTH,
): PickedText {
  const { seed, recentTexts = [], earlierTexts = [] } = input
  const alikeRecent = likenessTo(recentTexts, NEAR_DUPLICATE)
  const alikeToEarlier = likenessTo(earlierTexts)
  const neighbours = noticeableSentencesNeighbours(recentTexts)
  const scopes = scopesOf(template, input)
  let best: (PickedText & { faults: number }) | undefined
  const order = variants.toSorted((a, b) => number(`${seed}/${a.id}`) - number(`${seed}/${b.id}`))
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    for (const variant of order) {
      const text = renderFitting(variant, scopes, `${seed}/${variant.id}/${attempt}`, room)
      const alikeEarlier = alikeToEarlier(text)
      const alike = alikeRecent(text)
      const shared = noticeableSentences(text).reduce(
        (sum, sentence) => sum + (neighbours.get(sentence) ?? 0),
        0,
      )
      const faults =
        (alikeEarlier >= NEAR_DUPLICATE ? 100 * alikeEarlier : 0) +
        (alike >= NEAR_DUPLICATE ? 10 * alike : 0) +
        shared
      if (!best || faults < best.faults) best = { variant, text, alikeEarlier, faults }
      if (best.faults === 0) return best
    }
  }
  if (!best) throw new Error(`templates/replies/${template.code}/${template.locale}.liquid has no texts`)
  return best
}

/** How much it would show that a sentence stands in one of the last replies: the nearer, the more; 1 at most. */
function noticeableSentencesNeighbours(recentTexts: readonly string[]): ReadonlyMap<string, number> {
  const shows = new Map<string, number>()
  for (const [distance, text] of recentTexts.slice(0, NEIGHBOURS).entries()) {
    for (const sentence of noticeableSentences(text)) {
      if (!shows.has(sentence)) shows.set(sentence, 1 / (distance + 1))
    }
  }
  return shows
}

type Scope = Omit<RenderScope, 'choose'>

/** With what the post is about called by its name, and without, should that not fit. */
function scopesOf(template: ReplyTemplate, input: DraftInput): Scope[] {
  const { post, classification, entities = [] } = input
  const named = template.nameThing(entities)
  const scope = (thing: string | null): Scope => ({
    ...template.facts(post.text, entities, thing),
    named: named !== null,
    locale: template.locale,
    severity: classification.severity,
    summoned: post.summoned,
    claimUrl: input.claimUrl ?? null,
    // Cleaning costs more than all the rest, and few templates ask.
    customer: {
      get name() {
        return cleanQuote(post.authorName ?? post.authorUsername, MAX_QUOTE.name)
      },
      get words() {
        return cleanQuote(post.text, MAX_QUOTE.words)
      },
    },
  })
  return named === null ? [scope(null)] : [scope(named), scope(null)]
}

function renderFitting(variant: ReplyVariant, scopes: Scope[], seed: string, room: number): string {
  let text = ''
  for (const scope of scopes) {
    let place = 0
    text = variant.render({
      ...scope,
      choose: (options) => options[number(`${seed}/${place++}`) % options.length] ?? '',
    })
    if (weighText(text) <= room) break
  }
  return text
}

/** A number that looks like chance and is always the same for the same text. */
function number(text: string): number {
  return Number.parseInt(hash('sha256', text).slice(0, 8), 16)
}
