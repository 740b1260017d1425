import { hash } from 'node:crypto'
import type { Liquid, Template } from 'liquidjs'
import { z } from 'zod'
import { collectFaults, type LiquidFile, liquidFault, parseLiquid, readLiquidFile } from '../liquid-file.ts'
import { type Fault, TemplateFileError } from '../yaml-file.ts'
import type { Brand } from './brand.ts'
import { MAX_QUOTE, type RenderScope } from './render-scope.ts'
import { sayWhat, whatSchema } from './say-what.ts'
import { MAX_WEIGHTED_LENGTH, weighText } from './weigh.ts'

const severity = z.int().min(0).max(3)

const headSchema = z.strictObject({
  /** Whether the texts may carry one of the brand's links. */
  link: z.boolean().default(false),
  /** Names what happened, in the brand's words for the customer's own: gives {{ what }}. */
  what: whatSchema.optional(),
  /** When each variant applies, in the order of the texts. */
  variants: z
    .array(z.strictObject({ minSeverity: severity.default(0), maxSeverity: severity.default(3) }))
    .optional(),
})

type Head = z.infer<typeof headSchema>

export interface ReplyVariant {
  /** `delivery.late/en#1`: code, locale, place in the file. */
  id: string
  minSeverity: number
  maxSeverity: number
  render(scope: RenderScope): string
}

export interface ReplyTemplate {
  code: string
  locale: string
  /** SHA-256 of the file, in hex. */
  hash: string
  variants: ReplyVariant[]
  /** The brand's words for what the post tells. */
  sayWhat(postText: string): string | null
}

/**
 * Reads one reply template: front matter, then texts divided by lines of `---`.
 * @throws TemplateFileError with every fault: syntax, unknown names, texts that do not fit into a post
 */
export function readReplyTemplate(
  liquid: Liquid,
  brand: Brand,
  file: string,
  code: string,
  locale: string,
): ReplyTemplate {
  const parts = readLiquidFile(file, headSchema)
  const head = parts.head.value
  const texts = splitTexts(parts)
  if (head.variants && head.variants.length !== texts.length) {
    const message = `variants: has ${head.variants.length} entries for ${texts.length} texts; write one for each`
    throw new TemplateFileError([{ file, ...parts.head.at(['variants']), message }])
  }
  const known = knownNames(brand, head)
  const faults: Fault[] = []
  const variants = collectFaults(
    texts.map((text, index) => () => {
      const { template, used } = parseLiquid(liquid, file, text.text, text.line, known)
      const variant: ReplyVariant = {
        id: `${code}/${locale}#${index + 1}`,
        minSeverity: head.variants?.[index]?.minSeverity ?? 0,
        maxSeverity: head.variants?.[index]?.maxSeverity ?? 3,
        render: (scope) => renderReply(liquid, template, brand, scope),
      }
      const link = [...used].find((name) => name.startsWith('links.'))
      if (link && !head.link)
        throw faultAt(file, text.line, `uses ${link} but the front matter says link: false`)
      tryVariant(file, text.line, variant, head, locale)
      return variant
    }),
    faults,
  )
  if (faults.length > 0) throw new TemplateFileError(faults)
  return {
    code,
    locale,
    hash: hash('sha256', parts.source),
    variants,
    sayWhat: (text) => (head.what ? sayWhat(head.what, text) : null),
  }
}

function renderReply(liquid: Liquid, template: Template[], brand: Brand, scope: RenderScope): string {
  const { locale } = scope
  const inLocale = (texts: Record<string, Record<string, string>>) =>
    Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, text[locale]]))
  const text: string = liquid.renderSync(template, {
    ...scope,
    brand: { name: brand.name[locale], handle: `@${brand.handles.x}` },
    links: inLocale(brand.links),
    promises: inLocale(brand.promises),
  })
  // A line break is for whoever writes the file, a blank line for the customer. Japanese needs no space instead.
  const flowing = text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim().replace(/\s*\n\s*/g, locale === 'ja' ? '' : ' '))
    .join('\n')
  return brand.signature ? `${flowing} ${brand.signature}` : flowing
}

/** All links weigh the same, so any will do to try a text on. */
const EITHER_WAY = [null, 'https://care.example.com/c/invitation'].flatMap((claimUrl) => [
  [true, claimUrl] as const,
  [false, claimUrl] as const,
])

/** Renders a variant at its longest, so that a text that does not fit is found before a customer waits. */
function tryVariant(file: string, line: number, variant: ReplyVariant, head: Head, locale: string): void {
  const longest = (texts: string[]) => texts.toSorted((a, b) => weighText(b) - weighText(a))[0] ?? ''
  const what = head.what ? longest([head.what.otherwise, ...head.what.words.map((word) => word.say)]) : null
  const customer = { name: 'あ'.repeat(MAX_QUOTE.name), words: 'あ'.repeat(MAX_QUOTE.words) }
  for (let severity = variant.minSeverity; severity <= variant.maxSeverity; severity += 1) {
    for (const [summoned, claimUrl] of EITHER_WAY) {
      let text: string
      try {
        text = variant.render({ locale, what, severity, summoned, customer, claimUrl, choose: longest })
      } catch (error) {
        throw new TemplateFileError([liquidFault(file, error, line)])
      }
      const length = weighText(text)
      if (text.trim() === '') throw faultAt(file, line, 'this text comes out empty')
      if (length <= MAX_WEIGHTED_LENGTH) continue
      const over = length - MAX_WEIGHTED_LENGTH
      throw faultAt(
        file,
        line,
        `this text can reach ${length} characters of X's ${MAX_WEIGHTED_LENGTH}; cut ${over}`,
      )
    }
  }
}

function splitTexts(parts: LiquidFile<Head>): { text: string; line: number }[] {
  const texts: { text: string; line: number }[] = []
  let line = parts.bodyLine
  for (const text of parts.body.split(/^---\n/m)) {
    texts.push({ text, line })
    line += text.split('\n').length
  }
  return texts
}

function knownNames(brand: Brand, head: Head): Set<string> {
  return new Set([
    'brand.name',
    'brand.handle',
    'customer.name',
    'customer.words',
    'severity',
    'summoned',
    'claimUrl',
    ...(head.what ? ['what'] : []),
    ...Object.keys(brand.links).map((name) => `links.${name}`),
    ...Object.keys(brand.promises).map((name) => `promises.${name}`),
  ])
}

function faultAt(file: string, line: number, message: string): TemplateFileError {
  return new TemplateFileError([{ file, line, column: 1, message }])
}
