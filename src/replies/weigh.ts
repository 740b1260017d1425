import twitterText from 'twitter-text'

/** X's limit for a post, in weighted characters. */
export const MAX_WEIGHTED_LENGTH = 280

/** X makes no links of these: only the sandbox, which is on this machine, ever sees them, and they weigh like links. */
const OWN_MACHINE = /https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(\/[\w./~-]*)?/g
const A_LINK = 'https://t.co/0123456789'

/**
 * Length of a post as X counts it: most letters 1, Japanese ones 2, any link 23, an emoji 2.
 * The @name that X puts before a reply sent through the API does not count and is not in `text`.
 */
export function weighText(text: string): number {
  return weighPlain(text) ?? twitterText.parseTweet(text.replace(OWN_MACHINE, A_LINK)).weightedLength
}

/** Every link in a text, also those that X makes out of a bare domain name. */
export function findLinks(text: string): string[] {
  const written = text.match(/https?:\/\/[^\s<>"'、。」』）]+/gi) ?? []
  const rest = written.reduce((left, link) => left.replace(link, ' '), text)
  return [...written, ...twitterText.extractUrls(rest)]
}

/** What may be a link, or is counted by more than its code points: emoji, marks that compose. */
const NOT_PLAIN =
  /\.[\p{L}\p{M}]|:\/\/|[\p{Extended_Pictographic}\p{M}\p{Cf}\p{Cs}\u{10000}-\u{10FFFF}]|[#*0-9]\u20e3/u

/** The weight of words without links and emoji, by X's own table; null where there may be more to it. */
function weighPlain(text: string): number | null {
  if (NOT_PLAIN.test(text) || text !== text.normalize('NFC')) return null
  let weight = 0
  for (let at = 0; at < text.length; at += 1) weight += isLight(text.charCodeAt(at)) ? 1 : 2
  return weight
}

/** Letters that count once. */
function isLight(code: number): boolean {
  return (
    code <= 4351 ||
    (code >= 8192 && code <= 8205) ||
    (code >= 8208 && code <= 8223) ||
    (code >= 8242 && code <= 8247)
  )
}
