import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { loadMailTemplates, MailDataError } from '../../src/mail/index.ts'
import { formatMoney } from '../../src/money.ts'
import { TemplateFileError } from '../../src/yaml-file.ts'

const templates = join(import.meta.dirname, '../../templates')
const casablanca = { title: 'Casablanca', amountMinor: 299, currency: 'USD' }
const folders: string[] = []

function copyOfTemplates(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kikimimi-mail-'))
  folders.push(folder)
  cpSync(templates, folder, { recursive: true })
  return folder
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

describe('the mail about a refunded stream', () => {
  const mails = loadMailTemplates(templates)

  test('names the film, says sorry and tells the amount, in English', () => {
    const mail = mails.render('refund-streaming', 'en', casablanca)
    expect(mail.subject).toBe('We have refunded "Casablanca"')
    expect(mail.text).toContain('the playback of "Casablanca" was poor. We\'re sorry.')
    expect(mail.text).toContain('We have refunded $2.99 ')
    expect(mail.html).toContain('<html lang="en">')
    expect(mail.html).toContain('We have refunded $2.99 ')
  })

  test('is as complete in Japanese', () => {
    const data = {
      title: 'Casablanca',
      amountMinor: 480,
      currency: 'JPY',
      customerName: '山田 花子',
      problem: 'stalls',
    }
    const mail = mails.render('refund-streaming', 'ja', data)
    expect(mail.subject).toBe('「Casablanca」の代金をご返金いたしました')
    expect(mail.text).toMatch(/^山田 花子 様\n/)
    expect(mail.text).toContain('「Casablanca」が、再生の途中でたびたび止まっていたことを確認')
    expect(mail.text).toContain('お支払いいただいた ￥480 を')
    expect(mail.html).toContain('<html lang="ja">')
  })

  test('goes out in the first locale of the brand where the customer reads another', () => {
    expect(mails.render('refund-streaming', 'fr', casablanca).subject).toBe('We have refunded "Casablanca"')
    expect(mails.render('refund-streaming', 'ja-JP', casablanca).subject).toContain('ご返金')
    expect(mails.locales('refund-streaming')).toEqual(['en', 'ja'])
    expect(mails.locales('no-such-mail')).toEqual([])
  })

  test('escapes a title that holds HTML, and links nothing but our own pages', () => {
    const title = '<img src=x onerror=alert(1)> https://evil.example/a {{ brand.name }}'
    const mail = mails.render('refund-streaming', 'en', { ...casablanca, title })
    expect(mail.html).not.toContain('<img')
    expect(mail.html).toContain('&lt;img src=x')
    expect(mail.html.match(/<a href="[^"]+"/g)).toEqual([
      '<a href="https://hinata.example.com/contact"',
      '<a href="https://hinata.example.com/contact"',
    ])
    expect(mail.text).toContain('{{ brand.name }}')
  })

  test('keeps a title with line breaks from starting a header or a paragraph', () => {
    const title = 'Casa\r\nBcc: all@evil.example\r\n\r\nblanca'
    const mail = mails.render('refund-streaming', 'en', { ...casablanca, title })
    expect(mail.subject).toBe('We have refunded "Casa Bcc: all@evil.example blanca"')
    expect(mail.text.split('\n')).not.toContain('Bcc: all@evil.example')
  })

  test('is refused without the amount', () => {
    const render = () => mails.render('refund-streaming', 'en', { title: 'Casablanca', currency: 'USD' })
    expect(render).toThrow(MailDataError)
    expect(render).toThrow('needs amountMinor')
  })

  test('carries the hash of its template, which changes with the template', () => {
    const folder = copyOfTemplates()
    const before = loadMailTemplates(folder).render('refund-streaming', 'en', casablanca).templateHash
    const head = '---\nsubject: Refund\nneeds: [title, amountMinor, currency]\n---\n'
    writeFileSync(join(folder, 'emails/refund-streaming/en.liquid'), `${head}{{ title }}\n`)
    const after = loadMailTemplates(folder).render('refund-streaming', 'en', casablanca)
    expect(before).toMatch(/^[0-9a-f]{64}$/)
    expect(after.templateHash).not.toBe(before)
    expect(after.text).toBe('Casablanca\n')
  })
})

test('every fault of every mail is reported with its line and column', () => {
  const folder = copyOfTemplates()
  const file = join(folder, 'emails/refund-streaming/en.liquid')
  writeFileSync(file, '---\nsubject: "{{ titel }}"\nneeds: [title]\n---\nHello\n{{ amont }}\n')
  rmSync(join(folder, 'emails/refund-streaming/ja.liquid'))
  let message = ''
  try {
    loadMailTemplates(folder)
  } catch (error) {
    expect(error).toBeInstanceOf(TemplateFileError)
    message = (error as Error).message
  }
  expect(message).toContain('en.liquid:2:4: unknown variable titel')
  expect(message).toContain('en.liquid:6:4: unknown variable amont')
  expect(message).toContain('ja.liquid:1:1: can not be read')
})

describe('money', () => {
  test('is written in the currency and for the reader', () => {
    expect(formatMoney(299, 'USD', 'en')).toBe('$2.99')
    expect(formatMoney(1480, 'JPY', 'ja')).toBe('￥1,480')
    expect(formatMoney(1480, 'JPY', 'en')).toBe('¥1,480')
    expect(formatMoney(5, 'USD', 'en')).toBe('$0.05')
    expect(formatMoney(1234567, 'KWD', 'en')).toContain('1,234.567')
  })

  test.each([
    ['HUF', 299000, 'HUF 2,990'],
    ['HUF', 299050, 'HUF 2,990.50'],
    ['IDR', 4500000, 'IDR 45,000'],
    ['PKR', 1, 'PKR 0.01'],
    ['MGA', -150000, '-MGA 1,500'],
    ['IQD', 1500500, 'IQD 1,500.500'],
    ['TWD', 9900, 'NT$99.00'],
    ['ISK', 1500, 'ISK 1,500'],
  ])('of %s counts minor units as ISO 4217 does: %d is %s', (currency, minor, written) => {
    expect(formatMoney(minor, currency, 'en').replace(/\u00a0/g, ' ')).toBe(written)
  })

  test('loses no cent of a large amount', () => {
    expect(formatMoney(Number.MAX_SAFE_INTEGER, 'USD', 'en')).toBe('$90,071,992,547,409.91')
  })

  test('is refused in fractions of a cent or in no known currency', () => {
    expect(() => formatMoney(2.99, 'USD', 'en')).toThrow(RangeError)
    expect(() => formatMoney(299, 'usd', 'en')).toThrow('"usd" is not an ISO 4217 currency')
  })
})

describe('a template that no customer’s mail could be written with', () => {
  const head = (lines: string) => `---\nsubject: Refund\n${lines}\n---\n`
  test.each([
    [
      'asks for data that no mail has',
      head('needs: [title, orderNumber]'),
      '3:16: needs: no mail is written with orderNumber',
    ],
    [
      'needs what may be missing',
      head('needs: [title, customerName]'),
      '3:16: needs: customerName may be missing',
    ],
    [
      'fails where an amount is formatted',
      `${head('needs: [title, amountMinor]')}{{ amountMinor | money: title }}\n`,
      'ISO 4217',
    ],
    [
      'is empty without optional data',
      `${head('optional: [customerName]')}{{ customerName }}\n`,
      'the mail is empty',
    ],
  ])('%s', (_, text, message) => {
    const folder = copyOfTemplates()
    writeFileSync(join(folder, 'emails/goodwill/en.liquid'), text.endsWith('---\n') ? `${text}Hello\n` : text)
    expect(() => loadMailTemplates(folder)).toThrow(TemplateFileError)
    expect(() => loadMailTemplates(folder)).toThrow(message)
    expect(() => loadMailTemplates(folder)).toThrow(/goodwill\/en\.liquid:\d+:\d+/)
  })
})

test('which data a mail needs that its kind does not have is known', () => {
  const mails = loadMailTemplates(templates)
  expect(mails.lacking('goodwill', 'refund')).toEqual([])
  expect(mails.lacking('goodwill', 'replacement')).toEqual(['amountMinor', 'currency'])
  expect(mails.lacking('replacement', 'replacement')).toEqual([])
})

test('no shipped mail fetches anything or counts who reads it', () => {
  const mails = loadMailTemplates(templates)
  const data = { title: 'Casablanca', amountMinor: 299, currency: 'USD', quantity: 1 }
  for (const name of [
    'refund-streaming',
    'refund-complaint',
    'refund-delivery',
    'goodwill',
    'coupon',
    'replacement',
  ]) {
    for (const locale of ['en', 'ja'] as const) {
      const { html, text } = mails.render(name, locale, data)
      expect(html).not.toMatch(/<img|<script|<link|@import|url\(/i)
      expect(
        html.match(/https?:\/\/[^"<\s]+/g)?.every((url) => url.startsWith('https://hinata.example.com/')),
      ).toBe(true)
      expect(text).not.toMatch(/\{\{|\n{3}/)
    }
  }
})
