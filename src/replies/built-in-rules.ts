import twitterText from 'twitter-text'
import { type Brand, ownHandles, ownHosts } from './brand.ts'
import type { CheckContext } from './check.ts'
import { isNearDuplicate } from './similarity.ts'
import type { BuiltInRule, Tone } from './tone.ts'
import { findLinks, MAX_WEIGHTED_LENGTH, weighText } from './weigh.ts'

type RuleFunction = (
  text: string,
  context: CheckContext,
  brand: Brand,
  forbiddenWords: Tone['forbiddenWords'],
) => string | null

/** Each answers null when the text is fine, else what exactly is wrong with it. */
export const builtInRules: Record<BuiltInRule, RuleFunction> = {
  length(text) {
    const length = weighText(text)
    if (text.trim() === '') return 'the text is empty'
    return length > MAX_WEIGHTED_LENGTH ? `${length} of ${MAX_WEIGHTED_LENGTH} characters` : null
  },

  'third-party-mention'(text, context, brand) {
    const allowed = ownHandles(brand).add(context.authorUsername?.toLowerCase() ?? '')
    const other = twitterText.extractMentions(text).find((name) => !allowed.has(name.toLowerCase()))
    return other ? `@${other}` : null
  },

  cashtags(text) {
    const cashtags = twitterText.extractCashtags(text)
    return cashtags.length > 1 ? cashtags.map((tag) => `$${tag}`).join(' ') : null
  },

  'foreign-link'(text, { ownLinks = [] }, brand) {
    const hosts = ownHosts(brand)
    const own = (link: string) => hosts.has(hostOf(link)) || ownLinks.some((start) => link.startsWith(start))
    return findLinks(text).find((link) => !own(link)) ?? null
  },

  'wrong-language'(text, context) {
    const words = findLinks(text).reduce((left, link) => left.replace(link, ' '), text)
    const japanese = words.match(/[\p{sc=Hira}\p{sc=Kana}\p{sc=Han}]/gu)?.length ?? 0
    const letters = words.match(/\p{L}/gu)?.length ?? 0
    if (letters === 0) return null
    const share = japanese / letters
    if (context.locale === 'ja') return share < 0.3 ? 'the text is not in Japanese' : null
    return share > 0.2 ? `the text is not in the language ${context.locale}` : null
  },

  duplicate(text, context) {
    return sentBefore(context).some((sent) => sent.trim() === text.trim())
      ? 'sent before, word for word'
      : null
  },

  'near-duplicate'(text, context) {
    const twin = sentBefore(context).find((sent) => isNearDuplicate(sent, text))
    return twin === undefined ? null : `very close to: ${twin}`
  },

  'forbidden-words'(text, context, _brand, words) {
    const plain = text.normalize('NFKC').replaceAll('’', "'").toLowerCase()
    const listed = [...(words.all ?? []), ...(words[context.locale] ?? [])]
    return listed.find((word) => holdsWord(plain, word.normalize('NFKC').toLowerCase())) ?? null
  },
}

function sentBefore({ recentTexts = [], earlierTexts = [] }: CheckContext): readonly string[] {
  return [...earlierTexts, ...recentTexts]
}

/** Words of letters count whole ("late" is not in "plate"); Japanese has no spaces to tell. */
function holdsWord(text: string, word: string): boolean {
  const edge = (letter: string | undefined) => letter === undefined || !/[a-z0-9]/.test(letter)
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const begins = edge(word[0]) || edge(text[at - 1])
    if (begins && (edge(word.at(-1)) || edge(text[at + word.length]))) return true
  }
  return false
}

function hostOf(link: string): string {
  try {
    return new URL(link.includes('://') ? link : `https://${link}`).host
  } catch {
    return link
  }
}
