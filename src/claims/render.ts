import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { RequestHandler, Response } from 'express'
import { Liquid } from 'liquidjs'
import { CLAIM_PATH } from '../linking/index.ts'
import { phrasesHtml } from '../phrases.ts'
import { type Language, translate } from './words.ts'

const STYLE = readFileSync(new URL('./assets/claims.css', import.meta.url))
const VERSION = hash('sha256', STYLE).slice(0, 12)

/** The page's one style sheet; its address changes with its content. */
export const serveStyle: RequestHandler = (_request, response) => {
  response.type('css').set('cache-control', 'public, max-age=31536000, immutable').send(STYLE)
}

export type SendPage = (
  response: Response,
  view: string,
  data: { lang: Language; [name: string]: unknown },
  status?: number,
) => Promise<void>

/** Views are Liquid files in `views/`; every value is escaped, and a name that is not there is an error. */
export function createSendPage(brand: Record<string, string>): SendPage {
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
  })
  liquid.registerFilter('t', function (key: string, ...values: [string, unknown][]) {
    const given = this.context.getSync(['lang']) as Language
    return translate(given, key, { brand: nameOf(brand, given), ...Object.fromEntries(values) })
  })
  liquid.registerFilter('phrases', { raw: true, handler: (text: unknown) => phrasesHtml(String(text)) })
  return async (response, view, data, status = 200) => {
    const html = await liquid.renderFile(view, {
      brand: nameOf(brand, data.lang),
      style: `${CLAIM_PATH}/assets/claims.css?v=${VERSION}`,
      switchAt: null,
      ...data,
    })
    response
      .status(status)
      .set({ 'cache-control': 'no-store', 'x-robots-tag': 'noindex', vary: 'Accept-Language, Cookie' })
      .type('html')
      .send(html)
  }
}

function nameOf(brand: Record<string, string>, language: Language): string {
  return brand[language] ?? Object.values(brand)[0] ?? ''
}
