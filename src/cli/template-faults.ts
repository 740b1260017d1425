import { join } from 'node:path'
import { z } from 'zod'
import { loadListening } from '../listening/index.ts'
import { loadMailTemplates, type MailTemplates } from '../mail/index.ts'
import { loadRefundRules, type RefundRule } from '../refunds/index.ts'
import { loadReplies, type Replies } from '../replies/index.ts'
import { loadCatalogue, loadTaxonomy, type Taxonomy } from '../triage/index.ts'
import { type Fault, formatFault, readYamlFile, TemplateFileError } from '../yaml-file.ts'

export interface TemplateCheck {
  /** In the order of file, line and column. */
  faults: Fault[]
  /** How many of each kind were read. */
  counts: Record<string, number>
  /** Codes of the taxonomy that no template answers. */
  unanswered: string[]
}

/** Reads a whole templates folder and finds every fault in it, and where its files contradict each other. */
export function checkTemplates(dir: string): TemplateCheck {
  const faults: Fault[] = []
  const attempt = <T>(load: () => T): T | undefined => {
    try {
      return load()
    } catch (error) {
      if (!(error instanceof TemplateFileError)) throw error
      faults.push(...error.faults)
      return undefined
    }
  }
  const taxonomy = attempt(() => loadTaxonomy(join(dir, 'taxonomy.yaml')))
  const catalogue = attempt(() => loadCatalogue(join(dir, 'catalogue.yaml')))
  const replies = attempt(() => loadReplies(dir))
  const mails = attempt(() => loadMailTemplates(dir))
  const listening = attempt(() => loadListening(join(dir, 'listening.yaml')))
  const rules = attempt(() => loadRefundRules(join(dir, 'refunds')))
  if (taxonomy && replies) faults.push(...unknownCodes(dir, taxonomy, replies))
  if (mails && rules) faults.push(...missingMails(dir, mails, rules))
  const answered = new Set(replies?.codes)
  const never = new Set(replies?.policy.neverAnswer.codes)
  return {
    faults: inOrder(faults),
    counts: {
      codes: taxonomy?.codes.length ?? 0,
      'products and titles': (catalogue?.products.length ?? 0) + (catalogue?.titles.length ?? 0),
      'codes with replies': answered.size,
      'tone rules': replies?.tone.rules.length ?? 0,
      'refund rules': rules?.length ?? 0,
      searches: listening?.x.searches.length ?? 0,
    },
    unanswered:
      taxonomy && replies
        ? taxonomy.codes.map(({ code }) => code).filter((code) => !answered.has(code) && !never.has(code))
        : [],
  }
}

/** A folder of replies, or a line of the policy, for a code that no post can ever get. */
function unknownCodes(dir: string, taxonomy: Taxonomy, replies: Replies): Fault[] {
  const known = taxonomy.codes.map(({ code }) => code)
  const matches = (pattern: string) =>
    pattern.endsWith('*')
      ? known.some((code) => code.startsWith(pattern.slice(0, -1)))
      : known.includes(pattern)
  const faults: Fault[] = replies.codes
    .filter((code) => !known.includes(code))
    .map((code) => ({
      file: join(dir, 'replies', code),
      line: 1,
      column: 1,
      message: `no code of taxonomy.yaml is called ${code}: rename the folder or add the code`,
    }))
  const file = join(dir, 'policy.yaml')
  const { at } = readYamlFile(file, z.unknown())
  const { autoApprove, neverAnswer, unsure, secondOpinion } = replies.policy
  const lists: [path: (string | number)[], codes: readonly string[]][] = [
    ...autoApprove.map((rule, index): [(string | number)[], readonly string[]] => [
      ['autoApprove', index, 'codes'],
      rule.codes,
    ]),
    [['neverAnswer', 'codes'], neverAnswer.codes],
    [['unsure', 'exceptCodes'], unsure.exceptCodes],
    [['secondOpinion', 'alwaysFor'], secondOpinion.alwaysFor],
  ]
  for (const [path, codes] of lists) {
    for (const [index, code] of codes.entries()) {
      if (matches(code)) continue
      const message = `${path.join('.')}: no code of taxonomy.yaml is called ${code}, so this never applies`
      faults.push({ file, ...at([...path, index]), message })
    }
  }
  return faults
}

function missingMails(dir: string, mails: MailTemplates, rules: RefundRule[]): Fault[] {
  return rules
    .filter((rule) => mails.locales(rule.mail).length === 0)
    .map((rule) => {
      const file = join(dir, 'refunds', `${rule.id}.yaml`)
      const { at } = readYamlFile(file, z.unknown())
      return {
        file,
        ...at(['mail']),
        message: `mail: there is no mail ${rule.mail}: add emails/${rule.mail}/`,
      }
    })
}

/** Sorted, and each once: several rooms read the brand. */
function inOrder(faults: Fault[]): Fault[] {
  const known = new Map(faults.map((fault) => [formatFault(fault), fault]))
  return [...known.values()].sort(
    (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  )
}
