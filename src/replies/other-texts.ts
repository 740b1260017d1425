import type { DraftInput } from './draft.ts'
import { poolsOf } from './find-texts.ts'
import type { ReplyFiles } from './load.ts'
import { markWeight } from './mark.ts'
import { pickText } from './pick-text.ts'
import { neverAnswerReason } from './policy.ts'
import type { ReplyTemplate, ReplyVariant } from './reply-template.ts'
import { MAX_WEIGHTED_LENGTH } from './weigh.ts'

/** One variant of a template, written for one post. */
export interface OtherText {
  /** `delivery.late/en#1` */
  template: string
  /** SHA-256 of the template file, in hex. */
  templateHash: string
  code: string
  locale: string
  text: string
}

/** Folder of the texts for posts whose code is uncertain. */
const UNSURE = '_unsure'

/**
 * Every text that could answer a post: the fitting variants of its codes' templates, in the order of the codes, then
 * those that ask. None where policy says never, or this person got it already. Same input, same texts.
 */
export function otherTexts(files: ReplyFiles, input: DraftInput, codes: readonly string[]): OtherText[] {
  const { post, classification, avoidTemplates = [] } = input
  const never = neverAnswerReason(files.policy, {
    codes: [classification.code, ...classification.codes],
    authorUsername: post.authorUsername,
    text: post.text,
    optedOut: classification.optOut,
  })
  if (never) return []
  const locale = localeOf(classification.language)
  return [...new Set([...codes, UNSURE])].flatMap((code) => {
    const template = files.templates.get(`${code}/${locale}`)
    if (!template) return []
    const { severity } = classification
    const fitting = template.variants.filter((v) => v.minSeverity <= severity && severity <= v.maxSeverity)
    return poolsOf(fitting, input)
      .flat()
      .filter(({ id }) => !avoidTemplates.includes(id))
      .map((variant) => write(files, template, variant, input))
  })
}

/** The same variant of a template in another language, written with the same facts; null where there is none. */
export function twinText(
  files: ReplyFiles,
  input: DraftInput,
  template: string,
  locale: string,
): OtherText | null {
  const [, code, number] = /^(.+)\/[a-z]{2}#(\d+)$/.exec(template) ?? []
  const twin = files.templates.get(`${code}/${locale}`)
  const variant = twin?.variants[Number(number) - 1]
  return twin && variant ? write(files, twin, variant, input) : null
}

function write(
  files: ReplyFiles,
  template: ReplyTemplate,
  variant: ReplyVariant,
  input: DraftInput,
): OtherText {
  const { code, locale, hash } = template
  const room = MAX_WEIGHTED_LENGTH - markWeight(files.brand)
  // Recent replies play no part: what is shown and what is taken a minute later are the same.
  const { text } = pickText(template, [variant], { ...input, recentTexts: [] }, room)
  return { template: variant.id, templateHash: hash, code, locale, text }
}

function localeOf(language: string): string {
  return language.split('-')[0]?.toLowerCase() ?? ''
}
