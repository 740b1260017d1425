import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const SHIPPED = join(import.meta.dirname, '../../templates')

const REPLIES: Record<string, { en: string[]; ja: string[] }> = {
  'delivery.late': {
    en: [
      "We're sorry that your parcel is late. Send us your order number by direct message: we'll answer {{ promises.reply }}.{% if claimUrl %} Or sign in: {{ claimUrl }}{% endif %}",
      "You counted on us, and your parcel is late. We're sorry. With your order number in a direct message we look for it and write {{ promises.reply }}.",
    ],
    ja: [
      'お荷物のお届けが遅れており、誠に申し訳ございません。DMでご注文番号をお送りください。{{ promises.reply }}お返事いたします。',
      'お約束の日を守れず、申し訳ございません。ご注文番号をDMでお知らせいただけましたら、お荷物をお探しし、{{ promises.reply }}お返事いたします。',
    ],
  },
  'packaging.damage': {
    en: [
      "We're sorry that the parcel came damaged. Send us a photo by direct message; we'll answer {{ promises.reply }}.",
    ],
    ja: [
      'お荷物が傷んだ状態で届き、誠に申し訳ございません。DMでお写真をお送りください。{{ promises.reply }}お返事いたします。',
    ],
  },
  _unsure: {
    en: [
      "We're sorry that this went wrong. Tell us by direct message what happened: a person answers {{ promises.reply }}.",
    ],
    ja: [
      'ご不便をおかけし、誠に申し訳ございません。DMで詳しくお聞かせください。{{ promises.reply }}担当者がお返事いたします。',
    ],
  },
}

/** The shipped templates with a handful of replies that no edit of the shipped ones changes. */
export function smallTemplates(change: Record<string, string> = {}): { dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'kikimimi-small-'))
  cpSync(SHIPPED, dir, { recursive: true, filter: (source) => source !== join(SHIPPED, 'replies') })
  for (const [code, texts] of Object.entries(REPLIES)) {
    mkdirSync(join(dir, 'replies', code), { recursive: true })
    for (const [locale, variants] of Object.entries(texts)) {
      const head = '---\ntone: apology\nfollowUp: customer\n---\n'
      writeFileSync(join(dir, 'replies', code, `${locale}.liquid`), head + variants.join('\n---\n'))
    }
  }
  for (const [name, text] of Object.entries(change)) writeFileSync(join(dir, name), text)
  return { dir, remove: () => rmSync(dir, { recursive: true }) }
}
