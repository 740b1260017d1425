import { expect, test } from 'vitest'
import { maskPersonalData } from '../../src/triage/index.ts'

test.each([
  ['call me on 090-1234-5678 please', 'call me on [phone] please'],
  ['電話番号は０９０−１２３４−５６７８です', '電話番号は[phone]です'],
  ['ring +44 20 7946 0958', 'ring [phone]'],
  ['(415) 555-0132 is my number', '[phone] is my number'],
  ['mail jo.doe+x@example.co.uk now', 'mail [mail] now'],
  ['card 4111 1111 1111 1111 was charged', 'card [card] was charged'],
  ['〒150-0002 東京都渋谷区渋谷2-21-1', '[postcode] [address]'],
  ['I live at 12 Long Acre Road, come', 'I live at [address], come'],
])('%s is masked', (text, masked) => {
  expect(maskPersonalData(text)).toBe(masked)
})

test.each([
  'order 111-5014070-4118645 is late',
  '注文番号 250-1234567-1234567 です',
  'order 20418',
  '3日待ってる',
  '@shop 14.99 charged',
])('%s stays as it is', (text) => {
  expect(maskPersonalData(text)).toBe(text)
})
