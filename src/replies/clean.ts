import { findLinks } from './weigh.ts'

/**
 * Makes a customer's words safe to repeat: no links, mentions, hash- or cashtags, Markdown, HTML or
 * Liquid, no line breaks, no invisible or direction-changing characters; at most `maxLength` characters.
 */
export function cleanQuote(words: unknown, maxLength = 30): string {
  // The beginning is enough for a quotation, and a very long post must not cost time.
  let text = String(words ?? '')
    .slice(0, 1_000)
    .normalize('NFKC')
  text = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]+/gu, ' ')
  for (const link of findLinks(text)) text = text.replaceAll(link, ' ')
  text = text.replace(/[@#$]\S*/g, ' ').replace(/[{}%<>[\]()*_`~|\\^"“”「」]/g, ' ')
  // What the removals joined could be a link again: no dot stays in front of a letter.
  text = text.replace(/\.(?=[^\s\d])/g, ' ')
  // We never shout, nor do we repeat shouting.
  text = text.replace(/[!?]{2,}/g, (run) => run[0] as string)
  text = text.replaceAll('://', ' ').replace(/\s+/g, ' ').trim()
  const letters = Array.from(text)
  return letters.length <= maxLength ? text : `${letters.slice(0, maxLength - 1).join('')}…`
}
