import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { collectFaults, parseLiquid, strictLiquid } from '../liquid-file.ts'
import { formatMoney } from '../money.ts'
import { type Fault, readYamlFile, TemplateFileError } from '../yaml-file.ts'
import { letterheadSchema } from './letterhead.ts'
import { type MailEngine, type MailTemplate, type RenderedMail, readMailTemplate } from './mail-template.ts'
import { MAIL_VARIABLES, type MailKind } from './variables.ts'

export interface MailTemplates {
  /**
   * Renders a mail. A locale without a template of its own gets the brand's first one.
   * @throws MailDataError when data that the template needs is missing
   */
  render(name: string, locale: string, data: Record<string, unknown>): RenderedMail
  /** Locales that a mail exists in; none if there is no such mail. */
  locales(name: string): string[]
  /** Data that a mail needs and that mails of this kind are not written with, such as the amount of a replacement. */
  lacking(name: string, kind: MailKind): string[]
}

/** Variables of `emails/layout.html.liquid`. */
const LAYOUT_NAMES = new Set(['brand.name', 'locale', 'subject', 'content', 'links.contact', 'links.help'])

/**
 * Loads `brand.yaml`, `emails/layout.html.liquid` and `emails/<name>/<locale>.liquid` of a templates folder.
 * @throws TemplateFileError with every fault of every file at once
 */
export function loadMailTemplates(dir: string): MailTemplates {
  const { value: letterhead } = readYamlFile(join(dir, 'brand.yaml'), letterheadSchema)
  const faults: Fault[] = []
  const [engine] = collectFaults([() => createEngine(join(dir, 'emails/layout.html.liquid'))], faults)
  const byName = new Map<string, Map<string, MailTemplate>>()
  for (const name of engine ? mailNames(join(dir, 'emails'), faults) : []) {
    const steps = letterhead.locales.map((locale) => () => {
      return readMailTemplate(
        engine as MailEngine,
        letterhead,
        join(dir, 'emails', name, `${locale}.liquid`),
        name,
        locale,
      )
    })
    byName.set(name, new Map(collectFaults(steps, faults).map((template) => [template.locale, template])))
  }
  if (faults.length > 0) throw new TemplateFileError(faults)
  return {
    render(name, locale, data) {
      const mails = byName.get(name)
      if (!mails) {
        throw new RangeError(`there is no mail ${name}: add templates/emails/${name}/${locale}.liquid`)
      }
      const template = mails.get(locale.split('-')[0] ?? '') ?? mails.get(letterhead.locales[0] ?? '')
      if (!template) throw new RangeError(`the mail ${name} has no template for ${locale}`)
      return template.render(data)
    },
    locales: (name) => [...(byName.get(name)?.keys() ?? [])],
    lacking(name, kind) {
      const needed = [...(byName.get(name)?.values() ?? [])].flatMap(({ needs }) => needs)
      return [...new Set(needed)].filter((each) => !MAIL_VARIABLES[kind].includes(each))
    },
  }
}

function createEngine(layoutFile: string): MailEngine {
  const text = strictLiquid()
  const html = strictLiquid({ escapeHtml: true })
  text.registerFilter('money', function (this: { context: { environments: object } }, amountMinor, currency) {
    const { locale } = this.context.environments as { locale: string }
    return formatMoney(Number(amountMinor), String(currency), locale)
  })
  let source: string
  try {
    source = readFileSync(layoutFile, 'utf8')
  } catch (error) {
    const message = `can not be read: ${(error as Error).message}`
    throw new TemplateFileError([{ file: layoutFile, line: 1, column: 1, message }])
  }
  const { template } = parseLiquid(html, layoutFile, source, 1, LAYOUT_NAMES)
  return { text, html, layout: { source, render: (scope) => html.renderSync(template, scope) } }
}

function mailNames(dir: string, faults: Fault[]): string[] {
  try {
    const entries = readdirSync(dir, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  } catch (error) {
    faults.push({ file: dir, line: 1, column: 1, message: `can not be read: ${(error as Error).message}` })
    return []
  }
}
