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

  test('loses no cent of a large amount', () => {
    expect(formatMoney(Number.MAX_SAFE_INTEGER, 'USD', 'en')).toBe('$90,071,992,547,409.91')
  })

  test('is refused in fractions of a cent or in no known currency', () => {
    expect(() => formatMoney(2.99, 'USD', 'en')).toThrow(RangeError)
    expect(() => formatMoney(299, 'usd', 'en')).toThrow('"usd" is not an ISO 4217 currency')
  })
})
