import { fileURLToPath } from 'node:url'
import { Liquid } from 'liquidjs'
import { formatMoney } from '../money.ts'
import { phrasesHtml } from '../phrases.ts'
import { calm, formatAgo, formatNumber, formatPrice, formatSeconds, formatTime } from './format.ts'
import { type Language, translate, translateOr } from './i18n.ts'
import { implausibleNote } from './implausible-words.ts'
import { languageName } from './language-names.ts'
import { translateReason } from './reason-words.ts'
import { refundProblem, stopReason } from './refund-words.ts'

/** Turns a view and its data into HTML. */
export type Render = (view: string, data: Record<string, unknown> & { lang: Language }) => Promise<string>

/** Views are Liquid files in `views/`; every value is escaped, and a name that is not there is an error. */
export function createRender(asset: (name: string) => string): Render {
  const liquid = new Liquid({
    root: fileURLToPath(new URL('./views/', import.meta.url)),
    extname: '.liquid',
    outputEscape: 'escape',
    ownPropertyOnly: true,
    strictFilters: true,
    strictVariables: true,
    lenientIf: true,
    jsTruthy: true,
    cache: true,
    greedy: false,
  })
  liquid.registerFilter('t', function (key: string, ...values: [string, unknown][]) {
    return translate(languageOf(this), key, Object.fromEntries(values))
  })
  liquid.registerFilter('phrases', { raw: true, handler: (text: unknown) => phrasesHtml(String(text)) })
  liquid.registerFilter('word', function (word: unknown, section: string) {
    return translateOr(languageOf(this), section, String(word))
  })
  liquid.registerFilter('languageName', function (code: unknown) {
    return languageName(languageOf(this), String(code))
  })
  liquid.registerFilter('reason', function (sentence: unknown) {
    return translateReason(languageOf(this), String(sentence))
  })
  liquid.registerFilter('refundError', function (sentence: unknown) {
    return refundProblem(languageOf(this), String(sentence))
  })
  liquid.registerFilter('stopReason', function (reason: unknown) {
    return stopReason(languageOf(this), String(reason))
  })
  liquid.registerFilter('implausible', function (note: unknown) {
    return calm(implausibleNote(languageOf(this), String(note)))
  })
  liquid.registerFilter('calm', (text: unknown) => calm(String(text)))
  liquid.registerFilter('money', function (minor: number, currency: string) {
    return formatMoney(minor, currency, languageOf(this))
  })
  liquid.registerFilter('number', function (value: number) {
    return formatNumber(languageOf(this), value)
  })
  liquid.registerFilter('price', (microUsd: number) => formatPrice(microUsd))
  liquid.registerFilter('seconds', (ms: unknown) => formatSeconds(ms))
  liquid.registerFilter('time', function (at: Date) {
    return formatTime(languageOf(this), at)
  })
  liquid.registerFilter('ago', function (at: Date) {
    return formatAgo(languageOf(this), at)
  })
  liquid.registerFilter('iso', (at: Date) => at.toISOString())
  liquid.registerFilter('asset', (name: string) => asset(name))
  return (view, data) => liquid.renderFile(view, data)
}

function languageOf(filter: { context: { getSync(path: string[]): unknown } }): Language {
  return filter.context.getSync(['lang']) as Language
}
