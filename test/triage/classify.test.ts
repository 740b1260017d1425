import { describe, expect, test } from 'vitest'
import { createTriage } from '../../src/triage/index.ts'
import { classify, taxonomy } from './triage.ts'

describe('language', () => {
  test.each([
    ['my parcel is late', 'en'],
    ['荷物が届かない', 'ja'],
    ['fire TVが壊れた', 'ja'],
    ['最悪', 'ja'],
    ['我的包裹还没有到，什么时候发货？', 'zh'],
    ['배송이 너무 늦어요', 'ko'],
    ['¿Dónde está mi pedido? Todavía no ha llegado', 'es'],
    ['Bonjour, je n’ai toujours pas reçu mon colis', 'fr'],
    ['Wo ist mein Paket? Es ist noch nicht da', 'de'],
    ['Meu pedido ainda não chegou, obrigado', 'pt'],
    ['Il mio pacco non è ancora arrivato', 'it'],
    ['pesanan saya belum sampai, tolong', 'id'],
    ['พัสดุยังไม่มา', 'th'],
    ['أين طلبي؟', 'ar'],
    ['Где мой заказ?', 'ru'],
    ['', 'und'],
    ['😡😡😡', 'und'],
    ['@shop https://t.co/abc', 'und'],
  ])('of %j is %s', (text, language) => {
    expect(classify(text).language).toBe(language)
  })

  test('other than English and Japanese is handed to a person', () => {
    expect(classify('Wo ist mein Paket? Es ist noch nicht da')).toMatchObject({ needsPerson: 'language' })
  })
})

describe('sentiment', () => {
  test.each([
    ['still waiting for my parcel', 'negative'],
    ['3日待ってる', 'negative'],
    ['まだ届かない', 'negative'],
    ['Great job losing my parcel again 👏', 'negative'],
    ['さすが、また遅延', 'negative'],
    ['the soup was not good', 'negative'],
    ['美味しくない', 'negative'],
    ['not bad at all', 'positive'],
    ['it came broken but they sent a new one the next day, thank you so much', 'positive'],
    ['壊れて届いたけどすぐに交換してくれた。神対応', 'positive'],
    ['対応は早くて助かりました。でも同じ缶がまたへこんでました', 'negative'],
    ['love it!!! 😍', 'positive'],
    ['とても満足しました', 'positive'],
    ['Do you ship to Ireland?', 'neutral'],
    ['離島にも送れますか？', 'neutral'],
  ])('of %j is %s', (text, label) => {
    expect(classify(text).sentiment.label).toBe(label)
  })

  test.each(['ＴＥＲＲＩＢＬＥ service', 'terriiiiible service', 'terrible service https://t.co/x @shop'])(
    'does not change with the way a word is written: %s',
    (text) => {
      expect(classify(text).sentiment.label).toBe('negative')
    },
  )
})

describe('wrap-up codes', () => {
  test('come with the words that decided, found again in the original text', () => {
    const text = '@shop  箱が潰れて届いた😢'
    const { code, reasons } = classify(text)
    expect(code).toBe('packaging.damage')
    const placed = reasons.filter((reason) => reason.start !== undefined)
    expect(placed.length).toBeGreaterThan(0)
    for (const { text: words, start, end } of placed) expect(text.slice(start, end)).toBe(words)
    expect(reasons.map((reason) => reason.text)).toContain('潰れ')
  })

  test('are several where a post is about several things', () => {
    const { codes } = classify('Parcel is two weeks late, the box is crushed and I want a refund')
    expect(codes).toEqual(expect.arrayContaining(['delivery.late', 'packaging.damage', 'billing.refund']))
  })

  test('are defined by the file alone: a new code with five examples is recognised', () => {
    const added = {
      code: 'store.parking',
      name: { en: 'Parking', ja: '駐車場' },
      description: { en: 'Parking at our shops.', ja: '店舗の駐車場。' },
      department: 'shops',
      severity: 1 as const,
      sentiment: 'negative' as const,
      cues: { en: [], ja: [] },
      examples: {
        en: [
          'the car park at your shop is always full',
          'no parking spaces again on saturday',
          'parking machine at the store ate my coins',
          'got a parking ticket while shopping with you',
          'your car park barrier would not open',
        ],
        ja: [
          '店の駐車場がいつも満車',
          '土曜は駐車場に入れない',
          '駐車券の機械が壊れてて出られなかった',
          '買い物中に駐車違反を切られた',
          '駐車場のゲートが開かない',
        ],
      },
    }
    const grown = createTriage({ ...taxonomy, hash: 'grown', codes: [...taxonomy.codes, added] })
    expect(grown.classify({ text: 'waited 40 minutes for a parking space at your store' }).code).toBe(
      added.code,
    )
    expect(grown.classify({ text: 'お店の駐車場、狭すぎて停められない' }).code).toBe(added.code)
  })
})

describe('what a person must see', () => {
  test.each(['the charger caught fire', '充電器から煙が出た', 'lol your kettle gave me an electric shock'])(
    'danger: %s',
    (text) => {
      expect(classify(text)).toMatchObject({ code: 'item.safety', severity: 3, needsPerson: 'danger' })
    },
  )

  test('a picture with few words, which is never taken for nothing', () => {
    for (const text of ['', 'えっ…', 'seriously?', 'はぁ😞']) {
      const result = classify(text, { mediaCount: 1 })
      expect(result.needsPerson).toBe('picture')
      expect(result.code).not.toBe('none')
    }
  })

  test('abuse of staff', () => {
    expect(classify('担当の女の名前晒してやるから覚悟しろ')).toMatchObject({
      code: 'conduct.abuse',
      needsPerson: 'abuse',
    })
    expect(classify('I know where you live and I will kill you')).toMatchObject({ needsPerson: 'abuse' })
  })
})

describe('severity', () => {
  const text = 'my parcel is late'
  test('rises with reach, repetition, lawyers and the press', () => {
    expect(classify(text).severity).toBe(1)
    expect(classify(text, { earlierComplaints: 2 }).severity).toBe(2)
    expect(classify(text, { followers: 50_000 }).severity).toBe(2)
    expect(classify(text, { followers: 500_000 }).severity).toBe(3)
    expect(classify(`${text}, talking to my lawyer now`).severity).toBe(2)
    expect(classify('荷物が届かない。消費者センターに相談します').severity).toBe(2)
  })

  test('of praise stays 0 however many people read it', () => {
    expect(classify('thank you so much, love it', { followers: 500_000 }).severity).toBe(0)
  })
})

describe('opting out', () => {
  test.each([
    'STOP. I do not wish to be answered by a machine',
    '自動返信はいりません',
    'stop',
    'STOP.',
    'please do not reply',
    '返信不要です。梱包がひどい',
    '独り言なのでリプ不要',
  ])('%s', (text) => {
    expect(classify(text).optOut).toBe(true)
  })

  test.each([
    'stop sending me broken cups',
    'why dont you reply to my mails',
    '返信がない',
    '配送停止になってる',
  ])('is not meant by: %s', (text) => {
    expect(classify(text).optOut).toBe(false)
  })
})
