import { hash } from 'node:crypto'
import { cleanQuote } from './clean.ts'
import type { DraftInput } from './draft.ts'
import { MAX_QUOTE } from './render-scope.ts'
import type { ReplyTemplate, ReplyVariant } from './reply-template.ts'
import { likenessTo, NEAR_DUPLICATE } from './similarity.ts'

/** Wordings tried for each variant before a near-duplicate is accepted. */
const TRIES = 8

/** The first wording, in the seed's own order, that reads unlike the recent replies; else the least alike. */
export function pickText(template: ReplyTemplate, variants: readonly ReplyVariant[], input: DraftInput) {
  const { post, classification, seed, recentTexts = [] } = input
  const likeness = likenessTo(recentTexts)
  const facts = {
    locale: template.locale,
    what: template.sayWhat(post.text),
    severity: classification.severity,
    summoned: post.summoned,
    claimUrl: input.claimUrl ?? null,
    customer: {
      name: cleanQuote(post.authorName ?? post.authorUsername, MAX_QUOTE.name),
      words: cleanQuote(post.text, MAX_QUOTE.words),
    },
  }
  let best: { variant: ReplyVariant; text: string; alike: number } | undefined
  const order = variants.toSorted((a, b) => number(`${seed}/${a.id}`) - number(`${seed}/${b.id}`))
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    for (const variant of order) {
      let place = 0
      const text = variant.render({
        ...facts,
        choose: (options) =>
          options[number(`${seed}/${variant.id}/${attempt}/${place++}`) % options.length] ?? '',
      })
      const alike = likeness(text)
      if (!best || alike < best.alike) best = { variant, text, alike }
      if (best.alike < NEAR_DUPLICATE) return best
    }
  }
  if (!best) throw new Error(`templates/replies/${template.code}/${template.locale}.liquid has no texts`)
  return best
}

/** A number that looks like chance and is always the same for the same text. */
function number(text: string): number {
  return Number.parseInt(hash('sha256', text).slice(0, 8), 16)
}
