import { createHash } from 'node:crypto'
import twitterText from 'twitter-text'

export interface ShortUrl {
  /** The t.co address as it stands in the post's text. */
  url: string
  expanded: string
  display: string
  mediaKey?: string
}

export function mentionedNames(text: string): string[] {
  return twitterText.extractMentions(text).map((name) => name.toLowerCase())
}

export function cashtagCount(text: string): number {
  return twitterText.extractCashtags(text).length
}

/** Addresses on this machine, which X itself would take for plain words: here they lead somewhere. */
const OWN_MACHINE = /https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?(?:\/[\w./~-]*)?/g

export function hasUrl(text: string): boolean {
  return linksIn(text).length > 0
}

export function weightedLength(text: string): number {
  return twitterText.parseTweet(text.replace(OWN_MACHINE, shortUrl)).weightedLength
}

function linksIn(text: string): { url: string; indices: [number, number] }[] {
  const own = [...text.matchAll(OWN_MACHINE)].map(({ 0: url, index }) => ({
    url,
    indices: [index, index + url.length] as [number, number],
  }))
  const others = twitterText
    .extractUrlsWithIndices(text)
    .filter(({ indices: [at] }) => !own.some(({ indices: [from, to] }) => from <= at && at < to))
  return [...own, ...others].sort((a, b) => a.indices[0] - b.indices[0])
}

/** X wraps every link: the text keeps a t.co address, `entities.urls` tells where it leads. */
export function wrapUrls(text: string): { text: string; urls: ShortUrl[] } {
  const found = linksIn(text)
  const urls: ShortUrl[] = []
  let wrapped = ''
  let at = 0
  for (const { url, indices } of found) {
    if (url.startsWith('https://t.co/')) continue
    const expanded = /^https?:\/\//.test(url) ? url : `https://${url}`
    const short = shortUrl(expanded)
    urls.push({ url: short, expanded, display: expanded.replace(/^https?:\/\//, '').slice(0, 30) })
    wrapped += text.slice(at, indices[0]) + short
    at = indices[1]
  }
  return { text: wrapped + text.slice(at), urls }
}

export function shortUrl(target: string): string {
  return `https://t.co/${createHash('sha256').update(target).digest('base64url').replace(/[-_]/g, 'x').slice(0, 10)}`
}

/** What X's `lang` says, roughly: its own detector is a black box too. */
export function guessLanguage(text: string): string {
  const words = text.replace(/https?:\/\/\S+|[@#][\p{L}\p{N}_]+/gu, ' ')
  if (!/\p{L}/u.test(words))
    return /https?:/.test(text) ? 'qme' : /\p{Extended_Pictographic}/u.test(words) ? 'art' : 'zxx'
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(words)) return 'ja'
  if (/\p{Script=Hangul}/u.test(words)) return 'ko'
  if (/\p{Script=Han}/u.test(words)) return 'zh'
  if (/[¿¡ñ]|\b(el|los|una?|pero|gracias|pedido|está)\b/i.test(words)) return 'es'
  return 'en'
}

/** `entities` of a post: offsets count code points, as X's do. */
export function entitiesOf(
  text: string,
  urls: ShortUrl[],
  idOf: (username: string) => string | undefined,
): object {
  const points = (utf16: number) => [...text.slice(0, utf16)].length
  const mentions = twitterText.extractMentionsWithIndices(text).flatMap(({ screenName, indices }) => {
    const id = idOf(screenName)
    return id ? [{ start: points(indices[0]), end: points(indices[1]), username: screenName, id }] : []
  })
  const hashtags = twitterText
    .extractHashtagsWithIndices(text)
    .map(({ hashtag, indices }) => ({ start: points(indices[0]), end: points(indices[1]), tag: hashtag }))
  const links = urls.flatMap((link) => {
    const at = text.indexOf(link.url)
    if (at < 0) return []
    return [
      {
        start: points(at),
        end: points(at + link.url.length),
        url: link.url,
        expanded_url: link.expanded,
        display_url: link.display,
        ...(link.mediaKey ? { media_key: link.mediaKey } : {}),
      },
    ]
  })
  return {
    ...(mentions.length ? { mentions } : {}),
    ...(hashtags.length ? { hashtags } : {}),
    ...(links.length ? { urls: links } : {}),
  }
}

/** X hands text out with these three escaped, the rest as it was typed. */
export function escapeForApi(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}
