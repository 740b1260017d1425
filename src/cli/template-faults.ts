import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { matchesCode } from '../code-pattern.ts'
import { loadListening } from '../listening/index.ts'
import { loadMailTemplates, type MailTemplates } from '../mail/index.ts'
import { checkRefundRules, type KnownTemplates, type RefundRulesCheck } from '../refunds/index.ts'
import { loadReplies, type Replies } from '../replies/index.ts'
import { loadCatalogue, loadTaxonomy, type Taxonomy } from '../triage/index.ts'
import {
  type ChatChannel,
  type LettersFile,
  loadChat,
  loadLetters,
  loadRetention,
  loadReviews,
  type ReviewsFile,
} from '../voice/index.ts'
import { type Fault, formatFault, readYamlFile, TemplateFileError } from '../yaml-file.ts'

export interface TemplateCheck {
  /** In the order of file, line and column. */
  faults: Fault[]
  /** What works and is probably not meant. */
  warnings: Fault[]
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
  attempt(() => loadRetention(join(dir, 'retention.yaml')))
  const chat = attempt(() => loadChat(join(dir, 'chat.yaml')))
  const letters = attempt(() => loadLetters(join(dir, 'letters.yaml')))
  const reviews = attempt(() => loadReviews(join(dir, 'reviews.yaml')))
  const rules = checkRefundRules(join(dir, 'refunds'), known(taxonomy, mails, replies))
  faults.push(...rules.faults)
  if (taxonomy && replies) faults.push(...unknownCodes(dir, taxonomy, replies))
  if (taxonomy && chat) faults.push(...unknownInChat(dir, taxonomy, chat))
  if (taxonomy && letters) faults.push(...unknownInLetters(dir, taxonomy, letters))
  if (letters && reviews) faults.push(...unknownInReviews(dir, letters, reviews))
  if (mails) faults.push(...unfitMails(join(dir, 'refunds'), rules.rules, mails))
  const answered = new Set(replies?.codes)
  const never = new Set(replies?.policy.neverAnswer.codes)
  return {
    faults: inOrder(faults),
    warnings: inOrder(rules.warnings),
    counts: {
      codes: taxonomy?.codes.length ?? 0,
      'products and titles': (catalogue?.products.length ?? 0) + (catalogue?.titles.length ?? 0),
      'codes with replies': answered.size,
      'tone rules': replies?.tone.rules.length ?? 0,
      'refund rules': rules.rules.length,
      searches: listening?.x.searches.length ?? 0,
      chats: chat?.length ?? 0,
      'departments that answer letters': Object.keys(letters?.departments ?? {}).length,
    },
    unanswered:
      taxonomy && replies
        ? taxonomy.codes.map(({ code }) => code).filter((code) => !answered.has(code) && !never.has(code))
        : [],
  }
}

/** Rules whose mail asks for what is not there, such as the amount of a piece that is sent again. */
function unfitMails(dir: string, rules: RefundRulesCheck['rules'], mails: MailTemplates): Fault[] {
  return rules.flatMap(({ id, action, mail }) => {
    const lacking = mails.lacking(mail, action === 'replace' ? 'replacement' : 'refund')
    if (lacking.length === 0) return []
    const file = join(dir, `${id}.yaml`)
    const { at } = readYamlFile(file, z.unknown())
    const what = action === 'replace' ? 'a replacement' : 'a refund'
    const message = `mail: ${mail} needs ${lacking.join(', ')}, which a mail about ${what} is not written with`
    return [{ file, ...at(['mail']), message }]
  })
}

/** A folder of replies, or a line of the policy, for a code that no post can ever get. */
function unknownCodes(dir: string, taxonomy: Taxonomy, replies: Replies): Fault[] {
  const known = taxonomy.codes.map(({ code }) => code)
  const matches = matcherOf(taxonomy)
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

/** Whether a code, or any code of a group such as feedback.*, is one of the taxonomy. */
function matcherOf({ codes }: Taxonomy): (pattern: string) => boolean {
  return (pattern) => codes.some(({ code }) => matchesCode([pattern], code))
}

/** Codes and departments of which a chat would never hear, because there are none of that name. */
function unknownInChat(dir: string, taxonomy: Taxonomy, channels: readonly ChatChannel[]): Fault[] {
  const file = join(dir, 'chat.yaml')
  if (channels.length === 0) return []
  const { at } = readYamlFile(file, z.unknown())
  const departments = new Set(taxonomy.codes.map(({ department }) => department))
  const matches = matcherOf(taxonomy)
  return channels.flatMap((channel, index) => [
    ...channel.codes.flatMap((code, place) =>
      matches(code)
        ? []
        : [
            {
              file,
              ...at(['channels', index, 'codes', place]),
              message: `codes: no code of taxonomy.yaml is called ${code}`,
            },
          ],
    ),
    ...channel.departments.flatMap((department, place) =>
      departments.has(department)
        ? []
        : [
            {
              file,
              ...at(['channels', index, 'departments', place]),
              message: `departments: no code of taxonomy.yaml belongs to ${department}; departments are ${[...departments].sort().join(', ')}`,
            },
          ],
    ),
  ])
}

/** Departments that would never be sent a review, because nobody answers for them. */
function unknownInReviews(dir: string, letters: LettersFile, reviews: ReviewsFile): Fault[] {
  const file = join(dir, 'reviews.yaml')
  const { departments = [] } = reviews.daily ?? {}
  if (departments.length === 0) return []
  const { at } = readYamlFile(file, z.unknown())
  return departments.flatMap((department, index) =>
    Object.hasOwn(letters.departments, department)
      ? []
      : [
          {
            file,
            ...at(['daily', 'departments', index]),
            message: `departments: letters.yaml names no department ${department}`,
          },
        ],
  )
}

/** Departments and codes of which no letter would ever be about. */
function unknownInLetters(dir: string, taxonomy: Taxonomy, letters: LettersFile): Fault[] {
  const file = join(dir, 'letters.yaml')
  if (!existsSync(file)) return []
  const { at } = readYamlFile(file, z.unknown())
  const departments = new Set(taxonomy.codes.map(({ department }) => department))
  const matches = matcherOf(taxonomy)
  return [
    ...Object.keys(letters.departments)
      .filter((department) => !departments.has(department))
      .map((department) => ({
        file,
        ...at(['departments', department]),
        message: `departments: no code of taxonomy.yaml belongs to ${department}; departments are ${[...departments].sort().join(', ')}`,
      })),
    ...letters.rules.flatMap(({ codes = [] }, index) =>
      codes.flatMap((code, place) =>
        matches(code)
          ? []
          : [
              {
                file,
                ...at(['rules', index, 'codes', place]),
                message: `codes: no code of taxonomy.yaml is called ${code}`,
              },
            ],
      ),
    ),
  ]
}

/**
 * Checks a folder of refund rules against the templates that lie beside it: mails, wrap-up codes and replies. What is
 * wrong with those themselves is told by `templates check`.
 */
export function checkRules(dir: string, templates: string): RefundRulesCheck {
  const attempt = <T>(load: () => T): T | undefined => {
    try {
      return load()
    } catch (error) {
      if (!(error instanceof TemplateFileError)) throw error
      return undefined
    }
  }
  const taxonomy = attempt(() => loadTaxonomy(join(templates, 'taxonomy.yaml')))
  const replies = attempt(() => loadReplies(templates))
  const mails = attempt(() => loadMailTemplates(templates))
  return checkRefundRules(dir, known(taxonomy, mails, replies))
}

function known(
  taxonomy: Taxonomy | undefined,
  mails: MailTemplates | undefined,
  replies: Replies | undefined,
): KnownTemplates {
  return {
    codes: taxonomy?.codes.map(({ code }) => code),
    hasMail: mails && ((name) => mails.locales(name).length > 0),
    hasReply: replies && ((code) => replies.codes.includes(code)),
  }
}

/** Sorted, and each once: several rooms read the brand. */
function inOrder(faults: Fault[]): Fault[] {
  const known = new Map(faults.map((fault) => [formatFault(fault), fault]))
  return [...known.values()].sort(
    (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  )
}
