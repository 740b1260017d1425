export interface Customer {
  id: string
  name: string
  email: string
  locale: 'en' | 'ja'
  country: 'US' | 'GB' | 'JP'
}

export interface OrderLine {
  id: string
  sku: string
  title: string
  kind: 'physical' | 'rental' | 'subscription'
  priceMinor: number
  quantity: number
  taxRatePercent?: number
  promisedAt?: string
  deliveredAt?: string
}

export interface Order {
  id: string
  customerId: string
  placedAt: string
  country: string
  currency: string
  paymentId: string
  /** What was charged; the lines' sum where it is left out. */
  totalMinor?: number
  lines: OrderLine[]
}

type Product = Pick<OrderLine, 'kind'> & { en: string; ja: string; usd: number; jpy: number }

/** What the shop sells. Prices in minor units: cents, and whole yen. */
export const PRODUCTS: Record<string, Product> = {
  'film-casablanca': { en: 'Casablanca', ja: 'カサブランカ', kind: 'rental', usd: 299, jpy: 330 },
  'film-tokyo-story': { en: 'Tokyo Story', ja: '東京物語', kind: 'rental', usd: 299, jpy: 407 },
  'film-seven-samurai': { en: 'Seven Samurai', ja: '七人の侍', kind: 'rental', usd: 399, jpy: 440 },
  'film-roman-holiday': { en: 'Roman Holiday', ja: 'ローマの休日', kind: 'rental', usd: 299, jpy: 330 },
  'film-third-man': { en: 'The Third Man', ja: '第三の男', kind: 'rental', usd: 349, jpy: 385 },
  'film-night-train': {
    en: 'Night on the Galactic Railroad',
    ja: '銀河鉄道の夜',
    kind: 'rental',
    usd: 299,
    jpy: 407,
  },
  'plus-month': {
    en: 'Hinata Plus, one month',
    ja: 'ひなたプラス（1か月）',
    kind: 'subscription',
    usd: 799,
    jpy: 600,
  },
  'coffee-decaf-500': {
    en: 'Decaf coffee beans, 500 g',
    ja: 'カフェインレスコーヒー豆 500g',
    kind: 'physical',
    usd: 1499,
    jpy: 1980,
  },
  'juice-apple-24': {
    en: 'Apple juice, 24 cans',
    ja: 'りんごジュース 24缶',
    kind: 'physical',
    usd: 2199,
    jpy: 2680,
  },
  'book-kokoro': { en: 'Kokoro', ja: 'こころ', kind: 'physical', usd: 1299, jpy: 770 },
  'book-garden-year': {
    en: 'The Gardener’s Year',
    ja: '園芸家の一年',
    kind: 'physical',
    usd: 1599,
    jpy: 1650,
  },
  'book-maps': { en: 'Old Maps of Edo', ja: '江戸古地図帖', kind: 'physical', usd: 3499, jpy: 3850 },
  'kettle-sora': {
    en: 'Sora electric kettle, 1 L',
    ja: 'そら電気ケトル 1L',
    kind: 'physical',
    usd: 3999,
    jpy: 4980,
  },
  'heater-kotori': {
    en: 'Kotori ceramic heater',
    ja: 'ことりセラミックヒーター',
    kind: 'physical',
    usd: 4599,
    jpy: 5480,
  },
  'detergent-refill': {
    en: 'Laundry refill, 1.2 L',
    ja: '詰め替え洗剤 1.2L',
    kind: 'physical',
    usd: 999,
    jpy: 880,
  },
  'rice-koshi-5': {
    en: 'Koshihikari rice, 5 kg',
    ja: '新米コシヒカリ 5kg',
    kind: 'physical',
    usd: 2899,
    jpy: 3480,
  },
}

export const CUSTOMERS: Customer[] = [
  {
    id: 'cus_1001',
    name: 'Laura Whitfield',
    email: 'laura.whitfield@example.com',
    locale: 'en',
    country: 'US',
  },
  { id: 'cus_1002', name: '佐藤 美咲', email: 'misaki.sato@example.jp', locale: 'ja', country: 'JP' },
  { id: 'cus_1003', name: 'Marcus Bell', email: 'marcus.bell@example.com', locale: 'en', country: 'US' },
  { id: 'cus_1004', name: '田中 健一', email: 'kenichi.tanaka@example.jp', locale: 'ja', country: 'JP' },
  { id: 'cus_1005', name: 'Priya Nair', email: 'priya.nair@example.com', locale: 'en', country: 'US' },
  { id: 'cus_1006', name: '鈴木 葵', email: 'aoi.suzuki@example.jp', locale: 'ja', country: 'JP' },
  { id: 'cus_1007', name: 'Dan Okafor', email: 'dan.okafor@example.com', locale: 'en', country: 'US' },
  { id: 'cus_1008', name: '山本 直樹', email: 'naoki.yamamoto@example.jp', locale: 'ja', country: 'JP' },
  {
    id: 'cus_1009',
    name: 'Hannah Lindqvist',
    email: 'hannah.lindqvist@example.com',
    locale: 'en',
    country: 'US',
  },
  { id: 'cus_1010', name: '小林 さくら', email: 'sakura.kobayashi@example.jp', locale: 'ja', country: 'JP' },
  { id: 'cus_1011', name: 'Tomás Rivera', email: 'tomas.rivera@example.com', locale: 'en', country: 'US' },
  { id: 'cus_1012', name: '中村 陽太', email: 'yota.nakamura@example.jp', locale: 'ja', country: 'JP' },
  { id: 'cus_1013', name: 'Emily Hart', email: 'emily.hart@example.jp', locale: 'en', country: 'JP' },
  { id: 'cus_1014', name: '加藤 玲奈', email: 'rena.kato@example.com', locale: 'ja', country: 'US' },
]

/** Order number, customer, hours before the sandbox first started, what was in it. */
const BASKETS: [string, string, number, [sku: string, quantity: number][]][] = [
  ['ord_5001', 'cus_1001', 2, [['film-casablanca', 1]]],
  ['ord_5002', 'cus_1002', 3, [['film-tokyo-story', 1]]],
  ['ord_5003', 'cus_1003', 5, [['film-seven-samurai', 1]]],
  ['ord_5004', 'cus_1004', 4, [['film-seven-samurai', 1]]],
  ['ord_5005', 'cus_1005', 6, [['film-third-man', 1]]],
  ['ord_5006', 'cus_1006', 2, [['film-night-train', 1]]],
  ['ord_5007', 'cus_1007', 3, [['film-roman-holiday', 1]]],
  [
    'ord_5008',
    'cus_1008',
    72,
    [
      ['juice-apple-24', 1],
      ['book-kokoro', 1],
      ['book-maps', 1],
      ['book-garden-year', 1],
    ],
  ],
  ['ord_5009', 'cus_1009', 96, [['coffee-decaf-500', 2]]],
  [
    'ord_5010',
    'cus_1010',
    30,
    [
      ['kettle-sora', 1],
      ['detergent-refill', 3],
    ],
  ],
  ['ord_5011', 'cus_1011', 140, [['heater-kotori', 1]]],
  ['ord_5012', 'cus_1012', 50, [['rice-koshi-5', 2]]],
  [
    'ord_5013',
    'cus_1013',
    20,
    [
      ['plus-month', 1],
      ['film-casablanca', 1],
    ],
  ],
  ['ord_5014', 'cus_1014', 26, [['plus-month', 1]]],
  ['ord_5015', 'cus_1009', 20, [['coffee-decaf-500', 2]]],
]

/** The orders as of a first start: every one has its own payment. */
export function makeOrders(startedAt: Date): Order[] {
  return BASKETS.map(([id, customerId, hoursAgo, lines]) => {
    const customer = CUSTOMERS.find((one) => one.id === customerId)
    const country = customer?.country ?? 'US'
    const currency = country === 'JP' ? 'JPY' : 'USD'
    return {
      id,
      customerId,
      placedAt: new Date(startedAt.getTime() - hoursAgo * 3_600_000).toISOString(),
      country,
      currency,
      paymentId: id.replace('ord_', 'pay_'),
      lines: lines.map(([sku, quantity], index) => {
        const product = PRODUCTS[sku] as Product
        return {
          id: `${id}-${index + 1}`,
          sku,
          title: product[customer?.locale ?? 'en'],
          kind: product.kind,
          priceMinor: currency === 'JPY' ? product.jpy : product.usd,
          quantity,
        }
      }),
    }
  })
}

export function orderTotalMinor(order: Order): number {
  return order.totalMinor ?? order.lines.reduce((sum, line) => sum + line.priceMinor * line.quantity, 0)
}
