import { matchesCode } from '../code-pattern.ts'
import type { DraftInput } from './draft.ts'
import type { ReplyFiles } from './load.ts'
import type { ReplyTemplate, ReplyVariant } from './reply-template.ts'

/** Folder of the texts for posts whose code is uncertain. */
const UNSURE = '_unsure'
/** Folder of the texts about what a cord stopped. */
const STOPPED = '_stopped'
export const HAD_EVERY_TEXT = 'this person already got every text for this code: a person answers'

/**
 * The texts that apply, without those that this person had: the code's own for this severity; those that ask, where
 * the code is a guess or has none. What is said only in an incident, or to somebody who had a reply before, comes
 * first.
 */
export function findTexts(
  files: ReplyFiles,
  input: DraftInput,
  locale: string,
): { template: ReplyTemplate; fresh: ReplyVariant[] } | { lacking: string } {
  const { code, confidence, severity } = input.classification
  const folder = input.stopped ? STOPPED : code
  const own = files.templates.get(`${folder}/${locale}`)
  const asking = files.templates.get(`${UNSURE}/${locale}`)
  const { below, exceptCodes } = files.policy.unsure
  const unsure = !input.stopped && confidence < below && !matchesCode(exceptCodes, code)
  // A code that nobody wrote texts for is a gap to be told, not one to be glossed over.
  for (const template of own ? (input.stopped ? [own] : [unsure ? asking : own, asking, own]) : []) {
    const fitting = template?.variants.filter((v) => v.minSeverity <= severity && severity <= v.maxSeverity)
    if (!template || !fitting?.some(({ incident, again }) => !incident && again === false)) continue
    const fresh = poolsOf(fitting, input)
      .map((pool) => pool.filter(({ id }) => !input.avoidTemplates?.includes(id)))
      .find((pool) => pool.length > 0)
    return fresh ? { template, fresh } : { lacking: HAD_EVERY_TEXT }
  }
  const file = `templates/replies/${folder}/${locale}.liquid`
  return { lacking: `no text for ${folder} at severity ${severity}: add one to ${file}` }
}

/** The variants that may be said now, in the order in which they are tried. */
export function poolsOf(variants: readonly ReplyVariant[], input: DraftInput): ReplyVariant[][] {
  return [
    variants.filter(({ incident }) => incident && input.incident === true),
    variants.filter((each) => !each.incident && speaksOf(each, input)),
    variants.filter(({ incident, again }) => !incident && again === false),
  ]
}

/** Whether a variant looks back on a reply that this person got. */
function speaksOf({ id, again }: ReplyVariant, { avoidTemplates = [] }: DraftInput): boolean {
  const codes = again === true ? [codeOf(id)] : again || []
  return avoidTemplates.some((had) => codes.includes(codeOf(had)))
}

function codeOf(variantId: string): string {
  return variantId.replace(/\/.*/s, '')
}
