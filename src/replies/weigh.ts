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
  return twitterText.parseTweet(text.replace(OWN_MACHINE, A_LINK)).weightedLength
}

/** Every link in a text, also those that X makes out of a bare domain name. */
export function findLinks(text: string): string[] {
  const written = text.match(/https?:\/\/[^\s<>"'、。」』）]+/gi) ?? []
  const rest = written.reduce((left, link) => left.replace(link, ' '), text)
  return [...written, ...twitterText.extractUrls(rest)]
}
