import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadDictionary } from '../../src/desk/i18n.ts'
import { phrasesHtml } from '../../src/phrases.ts'
import { addCase, Browser, openDesk } from './desk-at-test.ts'

test('Japanese breaks between phrases, and no mark but the break is added', () => {
  expect(phrasesHtml('今日は天気です。')).toBe('今日は<wbr>天気です。')
  for (const words of Object.values(loadDictionary('ja'))) {
    for (const phrase of Object.values(words)) {
      const text = (typeof phrase === 'string' ? phrase : phrase.other).replace(/[&<>"']/g, '')
      expect(phrasesHtml(text).replaceAll('<wbr>', '')).toBe(text)
    }
  }
})

test('a Western word keeps the particle that follows it', () => {
  expect(phrasesHtml('Xの投稿画面を開いてください。')).toMatch(/^Xの/)
})

test('other languages have no breaks, and nothing is believed to be HTML', () => {
  expect(phrasesHtml('Nothing waits for you.')).toBe('Nothing waits for you.')
  const hostile = phrasesHtml('<b>太字</b>の"名前"&\'担当者\'が編集しています')
  expect(hostile.replaceAll('<wbr>', '')).toBe(
    '&lt;b&gt;太字&lt;/b&gt;の&quot;名前&quot;&amp;&#39;担当者&#39;が編集しています',
  )
  expect(hostile).not.toMatch(/&[^;]*<wbr>/)
})

test('a break stands in no attribute, no title and no choice of a list', () => {
  const folders = ['../../src/desk/views/', '../../src/claims/views/'].map(
    (path) => new URL(path, import.meta.url),
  )
  let found = 0
  for (const folder of folders) {
    for (const name of readdirSync(folder)) {
      const view = readFileSync(new URL(name, folder), 'utf8')
      const tags = view.replace(/\{[{%].*?[%}]\}/g, (liquid) =>
        liquid.includes('| phrases') ? '▲' : '·'.repeat(liquid.length),
      )
      found += tags.split('▲').length - 1
      expect(tags.match(/<[a-z][^<>]*▲|<(option|title|textarea)\b[^>]*>[^<]*▲/g) ?? [], name).toEqual([])
    }
  }
  expect(found).toBeGreaterThan(200)
})

test('what customers wrote has no breaks of ours, so that copying it copies nothing else', async () => {
  const desk = await openDesk()
  try {
    const text = '荷物がまだ届きません。どうなっていますか。'
    const { caseId } = await addCase(desk.store, {
      text,
      draft: '申し訳ございません。お調べいたします。',
      language: 'ja',
    })
    const browser = new Browser(desk.origin)
    browser.cookies.set('kikimimi_language', 'ja')
    await browser.signIn('approver')
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const answer = await fetch(`${desk.origin}/cases/${caseId}`, {
      headers: { cookie },
    })
    const page = await answer.text()
    expect(page).toContain('<wbr>')
    expect(page).toContain(`<p class="words" lang="ja" dir="auto">${text}</p>`)
    expect(page).toContain('>申し訳ございません。お調べいたします。</textarea>')
  } finally {
    await desk.close()
  }
})
