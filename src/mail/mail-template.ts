import { hash } from 'node:crypto'
import type { Liquid } from 'liquidjs'
import { z } from 'zod'
import { collectFaults, liquidFault, parseLiquid, readLiquidFile } from '../liquid-file.ts'
import { type Fault, TemplateFileError, type YamlFile } from '../yaml-file.ts'
import { htmlBody } from './html-body.ts'
import { type Letterhead, letterheadIn } from './letterhead.ts'
import { ALL_MAIL_VARIABLES, MAY_BE_MISSING, SAMPLE_MAILS } from './variables.ts'

const variableName = z.string().regex(/^[a-z]\w*$/i, 'write a plain name, such as amountMinor')

const headSchema = z.strictObject({
  /** Liquid, on one line. */
  subject: z.string().min(1),
  /** Data that the mail can not do without. */
  needs: z.array(variableName).default([]),
  /** Data that may be missing; the templates then see an empty text. */
  optional: z.array(variableName).default([]),
})

export interface RenderedMail {
  subject: string
  text: string
  html: string
  /** The language it is written in, which may be another than was asked for. */
  locale: string
  /** SHA-256 of the template and the layout, in hex. */
  templateHash: string
}

export interface MailTemplate {
  name: string
  locale: string
  /** Data that it can not do without. */
  needs: readonly string[]
  render(data: Record<string, unknown>): RenderedMail
}

/** Data that a mail's template needs was not given. */
export class MailDataError extends Error {
  override name = 'MailDataError'
}

export interface MailEngine {
  text: Liquid
  html: Liquid
  layout: { source: string; render(scope: object): string }
}

/** Longest subject that mail programs show without cutting much. */
const MAX_SUBJECT = 150

/**
 * Reads `emails/<name>/<locale>.liquid`.
 * @throws TemplateFileError with every fault
 */
export function readMailTemplate(
  engine: MailEngine,
  letterhead: Letterhead,
  file: string,
  name: string,
  locale: string,
): MailTemplate {
  const parts = readLiquidFile(file, headSchema)
  const head = parts.head.value
  const base = letterheadIn(letterhead, locale)
  const known = new Set([
    'brand.name',
    ...Object.keys(base.links).map((link) => `links.${link}`),
    ...head.needs,
    ...head.optional,
  ])
  const faults: Fault[] = [...misnamed(file, parts.head)]
  const subjectLine = parts.head.at(['subject']).line
  const [subject, body] = collectFaults(
    [
      () => parseLiquid(engine.text, file, head.subject, subjectLine, known),
      () => parseLiquid(engine.text, file, parts.body, parts.bodyLine, known),
    ],
    faults,
  )
  if (!subject || !body || faults.length > 0) throw new TemplateFileError(faults)
  const templateHash = hash('sha256', `${parts.source}\0${engine.layout.source}`)
  const ownLinks = Object.values(base.links).filter((link) => link !== undefined)

  const mail: MailTemplate = {
    name,
    locale,
    needs: head.needs,
    render(data) {
      const missing = head.needs.filter(
        (key) => data[key] === undefined || data[key] === null || data[key] === '',
      )
      if (missing.length > 0) {
        throw new MailDataError(`the mail ${name}/${locale} needs ${missing.join(', ')}: pass it in its data`)
      }
      const scope: Record<string, unknown> = { ...base, locale }
      for (const key of [...head.needs, ...head.optional]) scope[key] = oneLine(data[key] ?? '')
      const subjectText = oneLine(engine.text.renderSync(subject.template, scope)) as string
      const text = `${(engine.text.renderSync(body.template, scope) as string).trim()}\n`
      const html = engine.layout.render({
        ...base,
        locale,
        subject: subjectText,
        content: htmlBody(text, [...ownLinks, String(scope.letterUrl ?? '')]),
      })
      const shown = Array.from(subjectText).slice(0, MAX_SUBJECT).join('')
      return { subject: shown, text, html, locale, templateHash }
    },
  }
  tryOut(mail, file, parts.bodyLine)
  return mail
}

/** Names in the front matter that no mail is ever written with, and such as may be missing where they are needed. */
function misnamed(file: string, { value, at }: YamlFile<z.output<typeof headSchema>>): Fault[] {
  const faults: Fault[] = []
  for (const list of ['needs', 'optional'] as const) {
    for (const [index, name] of value[list].entries()) {
      const message = !ALL_MAIL_VARIABLES.has(name)
        ? `no mail is written with ${name}; known are ${[...ALL_MAIL_VARIABLES].sort().join(', ')}`
        : list === 'needs' && MAY_BE_MISSING.has(name)
          ? `${name} may be missing: list it under optional, and write the mail so that it does without`
          : null
      if (message) faults.push({ file, ...at([list, index]), message: `${list}: ${message}` })
    }
  }
  return faults
}

/**
 * Writes made-up mails, so that a template that can not be filled in is found before a customer's money has moved.
 * @throws TemplateFileError
 */
function tryOut(mail: MailTemplate, file: string, bodyLine: number): void {
  for (const sample of SAMPLE_MAILS) {
    try {
      const { subject, text } = mail.render(sample)
      const message =
        subject === '' ? 'the subject is empty' : text.trim() === '' ? 'the mail is empty' : null
      if (message) throw new TemplateFileError([{ file, line: bodyLine, column: 1, message }])
    } catch (error) {
      if (error instanceof TemplateFileError) throw error
      throw new TemplateFileError([liquidFault(file, error, bodyLine)])
    }
  }
}

/** Keeps what others wrote on one line, so that it starts no header, no paragraph and no fake signature. */
function oneLine(value: unknown): unknown {
  if (typeof value !== 'string') return value
  return value
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
}
