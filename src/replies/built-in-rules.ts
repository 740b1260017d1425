import twitterText from 'twitter-text'
import { type Brand, ownHandles, ownHosts } from './brand.ts'
import type { CheckContext } from './check.ts'
import { NEAR_DUPLICATE, similarity } from './similarity.ts'
import type { BuiltInRule } from './tone.ts'
import { findLinks, MAX_WEIGHTED_LENGTH, weighText } from './weigh.ts'

type RuleFunction = (text: string, context: CheckContext, brand: Brand) => string | null

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
    return context.recentTexts?.some((recent) => recent.trim() === text.trim())
      ? 'sent before, word for word'
      : null
  },

  'near-duplicate'(text, context) {
    const twin = context.recentTexts?.find((recent) => similarity(recent, text) >= NEAR_DUPLICATE)
    return twin === undefined ? null : `very close to: ${twin}`
  },
}

function hostOf(link: string): string {
  try {
    return new URL(link.includes('://') ? link : `https://${link}`).host
  } catch {
    return link
  }
}
