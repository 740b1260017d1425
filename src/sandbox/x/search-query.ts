import { invalidRequest } from './problems.ts'
import { mentionedNames } from './text.ts'
import type { World, XPost } from './world.ts'

export type Matcher = (post: XPost) => boolean

const TOKEN = /\s*(\(|\)|-?(?:[a-z_]+:)?"[^"]*"|-?[^\s()"]+)/gy
const STAND_ALONE_MISSING =
  'There were errors processing your request: Rules must contain at least one positive, non-stand-alone operator'

/**
 * X's query language for recent search: keywords, phrases, OR, grouping, negation and the common
 * operators. AND binds tighter than OR. An operator X does not know is a 400, as there.
 */
export function compileQuery(query: string, world: World): Matcher {
  const fail = (why: string) =>
    invalidRequest(`There were errors processing your request: ${why}`, { query: [query] })
  if (query.length > 512)
    throw invalidRequest(`query parameter length [${query.length}] must be between 1 and 512`, {
      query: [query],
    })

  const tokens: string[] = []
  TOKEN.lastIndex = 0
  for (let at = 0; at < query.trimEnd().length; at = TOKEN.lastIndex) {
    const match = TOKEN.exec(query)
    if (!match) throw fail(`no viable alternative at input (at position ${at + 1})`)
    tokens.push(match[1] as string)
  }

  let at = 0
  let standsAlone = false

  function parseOr(): Matcher {
    const parts = [parseAnd()]
    while (tokens[at] === 'OR') {
      at += 1
      parts.push(parseAnd())
    }
    return (post) => parts.some((part) => part(post))
  }

  function parseAnd(): Matcher {
    const parts: Matcher[] = []
    while (at < tokens.length && tokens[at] !== ')' && tokens[at] !== 'OR') {
      if (tokens[at] === 'AND') throw fail('AND is implied: leave a space between the terms')
      parts.push(parseTerm())
    }
    if (parts.length === 0) throw fail(`missing term (at position ${at + 1})`)
    return (post) => parts.every((part) => part(post))
  }

  function parseTerm(): Matcher {
    const token = tokens[at] as string
    at += 1
    if (token === '(' || (token === '-' && tokens[at] === '(')) {
      const negated = token === '-'
      if (negated) at += 1
      const before = standsAlone
      const inner = parseOr()
      if (negated) standsAlone = before
      if (tokens[at] !== ')') throw fail("missing ')'")
      at += 1
      return negated ? (post) => !inner(post) : inner
    }
    const negated = token.startsWith('-') && token.length > 1
    const { matcher, alone } = compileTerm(negated ? token.slice(1) : token, world, fail)
    if (!negated && alone) standsAlone = true
    return negated ? (post) => !matcher(post) : matcher
  }

  if (tokens.length === 0) throw fail('query is empty')
  const matcher = parseOr()
  if (at < tokens.length) throw fail(`extraneous input '${tokens[at]}'`)
  if (!standsAlone) throw invalidRequest(STAND_ALONE_MISSING, { query: [query] })
  return matcher
}

function compileTerm(
  term: string,
  world: World,
  fail: (why: string) => Error,
): { matcher: Matcher; alone: boolean } {
  const operator = /^([a-z_]+):(.+)$/.exec(term)
  if (!operator) return { matcher: textMatcher(term), alone: true }
  const [, name, raw] = operator as unknown as [string, string, string]
  const value = raw.replace(/^"|"$/g, '')
  const author = (post: XPost) => world.user(post.authorId)?.username.toLowerCase()
  const account = value.replace(/^@/, '').toLowerCase()
  switch (name) {
    case 'from':
      return { matcher: (post) => author(post) === account || post.authorId === value, alone: true }
    case 'to':
      return {
        matcher: (post) =>
          world.user(world.find(post.inReplyTo ?? '')?.authorId ?? '')?.username.toLowerCase() === account,
        alone: true,
      }
    case 'conversation_id':
      return { matcher: (post) => post.conversationId === value, alone: true }
    case 'in_reply_to_tweet_id':
      return { matcher: (post) => post.inReplyTo === value, alone: true }
    case 'quotes_of_tweet_id':
      return { matcher: (post) => post.quoted === value, alone: true }
    case 'retweets_of':
      return {
        matcher: (post) =>
          world.user(world.find(post.repostOf ?? '')?.authorId ?? '')?.username.toLowerCase() === account,
        alone: true,
      }
    case 'url':
      return { matcher: (post) => post.urls.some((url) => url.expanded.includes(value)), alone: true }
    case 'lang':
      return { matcher: (post) => post.lang === value, alone: false }
    case 'is':
      return { matcher: isMatcher(value, fail), alone: false }
    case 'has':
      return { matcher: hasMatcher(value, fail), alone: false }
    default:
      throw fail(
        `Reference to invalid operator '${name}'. Operator is not available in current product or product packaging`,
      )
  }
}

function isMatcher(value: string, fail: (why: string) => Error): Matcher {
  if (value === 'retweet') return (post) => post.repostOf !== undefined
  if (value === 'reply') return (post) => post.inReplyTo !== undefined
  if (value === 'quote') return (post) => post.quoted !== undefined
  if (value === 'verified' || value === 'nullcast') return () => false
  throw fail(`Reference to invalid field 'is:${value}'`)
}

function hasMatcher(value: string, fail: (why: string) => Error): Matcher {
  if (value === 'media' || value === 'images') return (post) => post.media.length > 0
  if (value === 'links') return (post) => post.urls.length > 0
  if (value === 'mentions') return (post) => mentionedNames(post.text).length > 0
  if (value === 'hashtags') return (post) => /[#＃][\p{L}\p{N}]/u.test(post.text)
  if (value === 'videos' || value === 'video_link' || value === 'geo') return () => false
  throw fail(`Reference to invalid field 'has:${value}'`)
}

/** Keywords match whole tokens; Japanese and Chinese, written without spaces, match anywhere. */
function textMatcher(term: string): Matcher {
  const phrase = term.replace(/^"|"$/g, '').normalize('NFKC').toLowerCase()
  if (/^@\w+$/.test(phrase)) return (post) => mentionedNames(post.text).includes(phrase.slice(1))
  if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(phrase))
    return (post) => searchable(post).includes(phrase)
  const escaped = phrase.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const pattern = new RegExp(`(?<![a-z0-9_@])${escaped}(?![a-z0-9_])`, 'u')
  return (post) => pattern.test(searchable(post))
}

function searchable(post: XPost): string {
  return post.text.normalize('NFKC').toLowerCase()
}
