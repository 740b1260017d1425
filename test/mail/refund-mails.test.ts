import { describe, expect, test } from 'vitest'
import { loadMailTemplates } from '../../src/mail/index.ts'
import { loadRefundRules } from '../../src/refunds/index.ts'

const mails = loadMailTemplates('templates')
const coffee = { en: 'Decaf coffee beans, 500 g', ja: 'カフェインレスコーヒー豆 500g' }

describe.each(['refund-complaint', 'refund-delivery', 'goodwill', 'coupon'])('the mail %s', (name) => {
  test.each([
    ['en', 'Laura Whitfield', /^Hello Laura Whitfield,\n/, /sorry/, '$14.99', 1499, 'USD'],
    ['ja', '佐藤 美咲', /^佐藤 美咲 様\n/, /申し訳ございません/, '￥1,980', 1980, 'JPY'],
  ] as const)('names the product, says sorry and tells the amount in %s', (...row) => {
    const [locale, customerName, greeting, sorry, amount, amountMinor, currency] = row
    const title = coffee[locale]
    const mail = mails.render(name, locale, { title, amountMinor, currency, customerName })
    expect(mail.text).toMatch(greeting)
    expect(mail.text).toMatch(sorry)
    for (const body of [mail.text, mail.html]) {
      expect(body).toContain(title)
      expect(body).toContain(amount)
    }
    expect(mail.text).not.toMatch(/\n{3}|[{}]/)
  })

  test.each(['en', 'ja'] as const)('does without a name in %s', (locale) => {
    const mail = mails.render(name, locale, { title: coffee[locale], amountMinor: 1500, currency: 'JPY' })
    expect(mail.text).toMatch(locale === 'en' ? /^Hello,\n/ : /^いつも/)
  })
})

test('the mail about a replacement speaks of no amount', () => {
  const en = mails.render('replacement', 'en', { title: coffee.en })
  expect(en.subject).toBe('A new "Decaf coffee beans, 500 g" is on its way')
  const ja = mails.render('replacement', 'ja', { title: coffee.ja, customerName: '佐藤 美咲' })
  expect(ja.subject).toBe('「カフェインレスコーヒー豆 500g」の代わりの品をお送りいたします')
  expect(ja.text).toContain('代わりの品を、当方の負担でお送りいたします')
  for (const { text } of [en, ja]) expect(text).not.toMatch(/[$￥]/)
})

test('a coupon with a code tells it, one without lies in the account', () => {
  const data = { title: coffee.en, amountMinor: 500, currency: 'USD' }
  expect(mails.render('coupon', 'en', { ...data, couponCode: 'SORRY-7F3K' }).text).toContain(
    'a coupon worth $5.00. Its code is SORRY-7F3K.',
  )
  expect(mails.render('coupon', 'en', data).text).toContain('It is in your account')
  expect(mails.render('coupon', 'ja', data).text).toContain('お客様のアカウントに登録済み')
})

test('every shipped rule has its mail in both languages', () => {
  for (const { mail } of loadRefundRules('templates/refunds'))
    expect(mails.locales(mail)).toEqual(['en', 'ja'])
})
