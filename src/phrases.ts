import type { Parser } from 'budoux'
import { escapeHtml } from './escape-html.ts'
import { createRecent } from './recent.ts'

// budoux's front door brings a DOM along (20 MB of memory); the parser and its model need none.
const home = import.meta.resolve('budoux')
const [{ Parser: JapaneseParser }, { model }] = (await Promise.all([
  import(new URL('./parser.js', home).href),
  import(new URL('./data/models/ja.js', home).href),
])) as [{ Parser: typeof Parser }, { model: ConstructorParameters<typeof Parser>[0] }]

const parser = new JapaneseParser(model)
const known = createRecent<string>(2000)
/** The model knows little of Western words: what follows one in kana belongs to it ("X" and 「の」). */
const WESTERN = /[\w%)]$/
const PARTICLE = /^\p{Script=Hiragana}/u
const JAPANESE = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u

/**
 * A sentence of ours as HTML, with `<wbr>` where Japanese may go on to the next line: between phrases, not within
 * them. The style sheets keep elements with a `<wbr>` whole elsewhere. Other languages are escaped only.
 */
export function phrasesHtml(text: string): string {
  if (!JAPANESE.test(text)) return escapeHtml(text)
  const found = known.get(text)
  if (found !== undefined) return found
  const html = parser
    .parse(text)
    .map(escapeHtml)
    .reduce((line, phrase) => line + (WESTERN.test(line) && PARTICLE.test(phrase) ? '' : '<wbr>') + phrase)
  known.set(text, html)
  return html
}
