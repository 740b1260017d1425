import { hash } from 'node:crypto'
import type { Liquid, Template } from 'liquidjs'
import { z } from 'zod'
import { collectFaults, type LiquidFile, liquidFault, parseLiquid, readLiquidFile } from '../liquid-file.ts'
import { type Fault, TemplateFileError } from '../yaml-file.ts'
import type { Brand } from './brand.ts'
import { markWeight } from './mark.ts'
import { type NamedEntity, nameDay, nameThing, thingSchema } from './named.ts'
import { MAX_QUOTE, type RenderScope } from './render-scope.ts'
import { createWhatSayer, type WhatFacts, type WhatSayer, whatSchema } from './say-what.ts'
import { type TextRequirement, type Tone, toneRequirement } from './tone.ts'
import { type ReplyTone, TONES } from './tones.ts'
import { waitedFor } from './waited.ts'
import { MAX_WEIGHTED_LENGTH, weighText } from './weigh.ts'

const severity = z.int().min(0).max(3)

const variantSchema = z.strictObject({
  minSeverity: severity.default(0),
  maxSeverity: severity.default(3),
  /** Only while many people tell of the same at once, and instead of the other texts. */
  incident: z.boolean().default(false),
  /** Only for somebody who got a reply of this code before (or of the codes listed), and before the other texts. */
  again: z.union([z.boolean(), z.array(z.string().min(1)).min(1)]).default(false),
})

const headSchema = z.strictObject({
  tone: z.enum(TONES, `write one of ${TONES.join(', ')}`),
  /** What happens after the reply: see FollowUp. */
  followUp: z.enum(['nothing', 'customer', 'us'], 'write nothing, customer or us'),
  /** With `followUp: us`: the promise of brand.yaml by which we answer. */
  by: z.string().optional(),
  /** Whether the texts may carry one of the brand's links. */
  link: z.boolean().default(false),
  /** What the reply calls what it is about: gives {{ thing }}. */
  thing: thingSchema.optional(),
  /** Names what happened, in the brand's words for the customer's own: gives {{ what }}. */
  what: whatSchema.optional(),
  /** When each text applies, in their order. */
  variants: z.array(variantSchema).optional(),
})

type Head = z.infer<typeof headSchema>

/** Whose turn it is after the reply: nobody's, the customer's (a message, a sign-in), or ours, by a promise. */
export interface FollowUp {
  next: Head['followUp']
  /** Hours after the reply by which we promised to be back; only where it is our turn. */
  byHours: number | null
}

export interface ReplyVariant extends z.infer<typeof variantSchema> {
  /** `delivery.late/en#1`: code, locale, place in the file. */
  id: string
  render(scope: RenderScope): string
}

export interface ReplyTemplate {
  code: string
  locale: string
  /** SHA-256 of the file, in hex. */
  hash: string
  tone: ReplyTone
  followUp: FollowUp
  variants: ReplyVariant[]
  /** Names what a post is about; null where the post names nothing, or the template does not ask. */
  nameThing(entities: readonly NamedEntity[]): string | null
  /** The brand's words for what the post tells. `thing` as named, or null. */
  facts(postText: string, entities: readonly NamedEntity[], thing: string | null): ReplyFacts
}

export type ReplyFacts = WhatFacts & { what: string | null }

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
  tone?: Tone,
): ReplyTemplate {
  const parts = readLiquidFile(file, headSchema)
  const head = parts.head.value
  const texts = splitTexts(parts)
  const requires = tone && toneRequirement(tone, head.tone, locale)
  if (head.variants && head.variants.length !== texts.length) {
    const message = `variants: has ${head.variants.length} entries for ${texts.length} texts; write one for each`
    throw new TemplateFileError([{ file, ...parts.head.at(['variants']), message }])
  }
  const followUp = readFollowUp(file, brand, parts)
  const what =
    head.what &&
    createWhatSayer(liquid, file, head.what, head.thing !== undefined, (path) => parts.head.at(path).line)
  const known = knownNames(brand, head)
  const faults: Fault[] = []
  const used = new Set<string>()
  const parse = (part: TextPart) => {
    const parsed = parseLiquid(liquid, file, part.text, part.line, known)
    const link = [...parsed.used].find((name) => name.startsWith('links.'))
    if (link && !head.link)
      throw faultAt(file, part.line, `uses ${link} but the front matter says link: false`)
    for (const name of parsed.used) used.add(name)
    return parsed.template
  }
  // Every text that has a next step can go on with that of any other: what is said first and what comes next combine.
  const nextSteps = collectFaults(
    texts.flatMap(({ next }) => (next && next.text.trim() !== '' ? [() => parse(next)] : [])),
    faults,
  )
  const variants = collectFaults(
    texts.map((text, index) => () => {
      const beginning = parse(text.beginning)
      if (text.next && nextSteps.length === 0 && faults.length === 0)
        throw faultAt(file, text.next.line, 'no text of this file has a next step to go on with')
      const steps = text.next ? nextSteps : []
      const variant: ReplyVariant = {
        ...variantSchema.parse(head.variants?.[index] ?? {}),
        id: `${code}/${locale}#${index + 1}`,
        render: (scope) => renderReply(liquid, beginning, steps, brand, scope),
      }
      if (faults.length === 0)
        tryVariant(file, text.beginning.line, variant, { brand, head, what, locale, requires, used })
      return variant
    }),
    faults,
  )
  if (faults.length > 0) throw new TemplateFileError(faults)
  return {
    code,
    locale,
    hash: hash('sha256', parts.source),
    tone: head.tone,
    followUp,
    variants,
    nameThing: (entities) => (head.thing ? nameThing(head.thing, entities, locale) : null),
    facts(postText, entities, named) {
      const facts = {
        thing: named ?? head.thing?.otherwise ?? null,
        wait: waitedFor(postText, locale),
        day: nameDay(entities, locale),
      }
      return { ...facts, what: what?.say(postText, facts) ?? null }
    },
  }
}

function readFollowUp(file: string, brand: Brand, { head }: LiquidFile<Head>): FollowUp {
  const { followUp, by } = head.value
  const fault = (key: string, message: string) =>
    new TemplateFileError([{ file, ...head.at([key]), message: `${key}: ${message}` }])
  if (followUp !== 'us') {
    if (by !== undefined) throw fault('by', 'says by when it is our turn; take it out, or write followUp: us')
    return { next: followUp, byHours: null }
  }
  const byHours = brand.promiseHours[by ?? '']
  if (byHours !== undefined) return { next: followUp, byHours }
  const known = Object.keys(brand.promiseHours).join(', ')
  throw fault(
    by === undefined ? 'followUp' : 'by',
    `write by: and one of promiseHours in brand.yaml: ${known}`,
  )
}

function renderReply(
  liquid: Liquid,
  beginning: Template[],
  nextSteps: Template[][],
  brand: Brand,
  scope: RenderScope,
): string {
  const { locale } = scope
  const inLocale = (texts: Record<string, Record<string, string>>) =>
    Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, text[locale]]))
  const variables = {
    ...scope,
    brand: { name: brand.name[locale], handle: `@${brand.handles.x}` },
    links: inLocale(brand.links),
    promises: inLocale(brand.promises),
  }
  const written = (template: Template[]): string => liquid.renderSync(template, variables)
  const close = (text: string) => {
    const flowing = flow(text, locale)
    return typeof brand.signature === 'string' ? `${flowing} ${brand.signature}` : flowing
  }
  const first = written(beginning)
  if (nextSteps.length === 0) return close(first)
  const whole = nextSteps.map((step) => close(`${first.trimEnd()}\n${written(step)}`))
  const room = MAX_WEIGHTED_LENGTH - markWeight(brand)
  const fitting = whole.filter((text) => weighText(text) <= room)
  return scope.choose(fitting.length > 0 ? fitting : shortest(whole))
}

function shortest(texts: string[]): string[] {
  return texts.toSorted((a, b) => weighText(a) - weighText(b)).slice(0, 1)
}

/** A line break is for whoever writes the file, a blank line for the customer. Japanese needs no space instead. */
function flow(text: string, locale: string): string {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => paragraph.trim().replace(/\s*\n\s*/g, locale === 'ja' ? '' : ' '))
    .join('\n')
}

/** All links weigh the same, so any will do to try a text on. */
const EITHER_WAY = [null, 'https://care.example.com/c/invitation'].flatMap((claimUrl) => [
  [true, claimUrl] as const,
  [false, claimUrl] as const,
])

/** The longest that a post can name; of `thing`, which gives way where it is too long, there is none. */
const LONGEST_FACTS: Record<string, { wait: string; day: string }> = {
  en: { wait: 'twelve months', day: 'on Wednesday 30 September' },
  ja: { wait: '60週間', day: '12月31日' },
}

interface Trial {
  brand: Brand
  head: Head
  what: WhatSayer | undefined
  locale: string
  requires: TextRequirement | undefined
  /** Variables of the file's texts: what none of them asks for is tried one way only. */
  used: ReadonlySet<string>
}

/** Renders a variant at its longest, so that a text that does not fit is found before a customer waits. */
function tryVariant(file: string, line: number, variant: ReplyVariant, trial: Trial): void {
  const { brand, head, what, locale, requires, used } = trial
  const longest = (texts: string[]) => texts.toSorted((a, b) => weighText(b) - weighText(a))[0] ?? ''
  const thing = head.thing?.otherwise ?? null
  const customer = { name: 'あ'.repeat(MAX_QUOTE.name), words: 'あ'.repeat(MAX_QUOTE.words) }
  const limit = MAX_WEIGHTED_LENGTH - markWeight(brand)
  const maxSeverity = used.has('severity') ? variant.maxSeverity : variant.minSeverity
  const ways = EITHER_WAY.filter(
    ([summoned, claimUrl]) =>
      (summoned || used.has('summoned')) && (claimUrl === null || used.has('claimUrl')),
  )
  for (const named of [{ wait: null, day: null }, LONGEST_FACTS[locale] ?? { wait: null, day: null }]) {
    const facts = { thing, ...named }
    const said = what ? longest(what.all(facts)) : null
    for (let severity = variant.minSeverity; severity <= maxSeverity; severity += 1) {
      for (const [summoned, claimUrl] of ways) {
        const scope = { ...facts, named: false, what: said, locale, severity, summoned, customer, claimUrl }
        let text: string
        try {
          text = variant.render({ ...scope, choose: longest })
        } catch (error) {
          throw new TemplateFileError([liquidFault(file, error, line)])
        }
        const length = weighText(text)
        if (text.trim() === '') throw faultAt(file, line, 'this text comes out empty')
        if (length > limit) {
          const over = length - limit
          const message = `this text can reach ${length} characters of X's ${MAX_WEIGHTED_LENGTH}; cut ${over}`
          throw faultAt(
            file,
            line,
            limit < MAX_WEIGHTED_LENGTH ? `${message}, the mark counts, too` : message,
          )
        }
        if (requires && !requires(text)) {
          throw faultAt(file, line, `this text has no word of the tone "${head.tone}" (tones in tone.yaml)`)
        }
      }
    }
  }
}

/** A piece of the file, and the line on which it starts. */
interface TextPart {
  text: string
  line: number
}

/** Texts are divided by `---`, what a text says first and its next step by `{% then %}`. */
function splitTexts(parts: LiquidFile<Head>): { beginning: TextPart; next: TextPart | null }[] {
  const texts: { beginning: TextPart; next: TextPart | null }[] = []
  let line = parts.bodyLine
  for (const whole of parts.body.split(/^---\n/m)) {
    const [text = '', next] = whole.split(/^\{% then %\}\n/m, 2)
    texts.push({
      beginning: { text, line },
      next: next === undefined ? null : { text: next, line: line + text.split('\n').length },
    })
    line += whole.split('\n').length
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
    'wait',
    'day',
    ...(head.thing ? ['thing', 'named'] : []),
    ...(head.what ? ['what'] : []),
    ...Object.keys(brand.links).map((name) => `links.${name}`),
    ...Object.keys(brand.promises).map((name) => `promises.${name}`),
  ])
}

function faultAt(file: string, line: number, message: string): TemplateFileError {
  return new TemplateFileError([{ file, line, column: 1, message }])
}
