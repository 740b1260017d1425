import { formatMoney } from '../../money.ts'
import type { Sentence } from '../decision/sentence.ts'

/** What the desk says about goodwill. */
export const goodwillWords = {
  notTheirs: {
    en: 'This order line is in no order of the customer, or nobody knows yet who the customer is.',
    ja: 'このお客様のご注文にこの明細がないか、お客様がまだ確認できていません。',
  },
  noReason: { en: 'Say why it is given.', ja: '理由をご記入ください。' },
  noAmount: {
    en: 'The amount must be a whole number of the smallest unit, above zero.',
    ja: '金額は最小単位の正の整数でご指定ください。',
  },
  disputed: {
    en: "The customer's bank disputes the payment; anything on top of that would pay twice.",
    ja: 'カード会社で異議申し立て中の支払いのため、お渡しすると二重の返金になります。',
  },
  otherCurrency: (currency: string): Sentence => ({
    en: `The order is in ${currency}, so goodwill for it is too.`,
    ja: `ご注文の通貨は${currency}のため、同じ通貨でお渡しください。`,
  }),
  noBudget: (currency: string): Sentence => ({
    en: `payouts.yaml has no goodwill for ${currency}.`,
    ja: `payouts.yamlに${currency}のお詫びの上限が定められていません。`,
  }),
  atMost: (minor: number, currency: string): Sentence => ({
    en: `At most ${formatMoney(minor, currency, 'en')} can be given at once.`,
    ja: `一度にお渡しできるのは${formatMoney(minor, currency, 'ja')}までです。`,
  }),
  payable: (minor: number, currency: string): Sentence =>
    minor > 0
      ? {
          en: `The payment provider pays this currency in larger steps: give ${formatMoney(minor, currency, 'en')}.`,
          ja: `決済会社がこの通貨で返金できる単位の都合により、${formatMoney(minor, currency, 'ja')}でお渡しください。`,
        }
      : {
          en: 'The payment provider can not pay so small an amount in this currency.',
          ja: '決済会社では、この通貨でこれほど少額の返金を行えません。',
        },
  leftToday: (minor: number, currency: string): Sentence => ({
    en: `You can still give ${formatMoney(minor, currency, 'en')} today.`,
    ja: `本日お渡しできる残りは${formatMoney(minor, currency, 'ja')}です。`,
  }),
  leftOfCharge: (minor: number, currency: string): Sentence => ({
    en: `Of what was charged for it, ${formatMoney(minor, currency, 'en')} is left.`,
    ja: `請求額のうち、お渡しできる残りは${formatMoney(minor, currency, 'ja')}です。`,
  }),
  given: (minor: number, currency: string, method: 'refund' | 'coupon', title: string): Sentence => {
    const [en, ja] = [formatMoney(minor, currency, 'en'), formatMoney(minor, currency, 'ja')]
    return method === 'coupon'
      ? {
          en: `A person at the desk gave a coupon of ${en} for "${title}".`,
          ja: `担当者が「${title}」について${ja}分のクーポンをお渡ししました。`,
        }
      : {
          en: `A person at the desk gave ${en} back for "${title}".`,
          ja: `担当者が「${title}」について${ja}を返金しました。`,
        }
  },
  /** A reason that stands within another sentence elsewhere, as one of its own. */
  alone: ({ en, ja }: Sentence): Sentence => ({
    en: `${en.charAt(0).toUpperCase()}${en.slice(1)}.`,
    ja: `${ja}。`,
  }),
}
