import type { Span } from './plain-text.ts'

const LOCAL = /[A-Za-z0-9À-ɏ._%+-]{1,64}$/
const DOMAIN = /^[A-Za-z0-9À-ɏ-]{1,63}(?:\.[A-Za-z0-9À-ɏ-]{1,63}){1,4}/
/** "jo at example dot com", "jo [at] example.com", 「taroアットマークexample.jp」 */
const SPELLED_AT =
  / ?(?:[([{<] ?(?:at|@|アット(?:マーク)?|あっと(?:まーく)?) ?[)\]}>]|アットマーク|あっとまーく|★|☆|◎) ?| at /gi
const SPELLED_DOMAIN =
  /^[A-Za-z0-9-]{1,63}(?:(?:\.| ?(?:[([{<] ?(?:dot|\.|ドット) ?[)\]}>]|ドット|どっと) ?| dot )[A-Za-z][A-Za-z0-9-]{1,62}){1,4}/i
const SPELLED_LOCAL = /[A-Za-z0-9_%+-]{1,40}(?:(?:\.| dot | ?[([{]dot[)\]}] ?)[A-Za-z0-9_%+-]{1,40}){0,3}$/i

/** What people do at a shop whose address they spell: "only at target dot com". */
const AT_A_SHOP =
  /(?:^|[ .])(?:only|buy|bought|order(?:ed)?|shop(?:ping)?|look(?:ed)?|available|found|find|here|it|is|was|them|this|me|us|deal|sale|site|online|account|up)$/i

/** Mail addresses, also those that were spelled to escape machines. `text` is plain. Handles are not mail. */
export function findMailAddresses(text: string): Span[] {
  const found: Span[] = []
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const local = LOCAL.exec(text.slice(Math.max(0, at - 64), at))?.[0]
    if (!local) continue
    const domain = DOMAIN.exec(text.slice(at + 1, at + 320))?.[0].replace(/[.-]+$/, '')
    if (!domain || !/\.[^.]*[A-Za-zÀ-ɏ][^.]*$/.test(domain)) continue
    const start = at - local.length
    // @user@example.social is a handle
    if (text[start - 1] === '@') continue
    found.push({ start, end: at + 1 + domain.length })
  }
  for (const match of text.matchAll(SPELLED_AT)) {
    const local = SPELLED_LOCAL.exec(text.slice(Math.max(0, match.index - 60), match.index))?.[0]
    if (!local) continue
    const after = match.index + match[0].length
    const domain = SPELLED_DOMAIN.exec(text.slice(after, after + 200))?.[0]
    if (!domain || !/[A-Za-z]/.test(local + domain.slice(0, 1))) continue
    // "bought at example.com" is a place: a plain "at" needs a spelled dot too
    if (match[0] === ' at ' && (!/^[a-z].*(?: dot |[([{]dot|ドット)/i.test(domain) || AT_A_SHOP.test(local)))
      continue
    found.push({ start: match.index - local.length, end: after + domain.length })
  }
  return found
}
