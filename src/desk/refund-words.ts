import type { Language } from './i18n.ts'

/** What src/refunds writes down about money that hangs, in Japanese; it may hold another of them in its last group. */
const JAPANESE: readonly [pattern: RegExp, say: (first: string, rest: string) => string][] = [
  [
    /^(.+)\. Look it up at the provider \((.+)\) and say here whether it was paid\.$/s,
    (problem, key) =>
      `${refundProblem('ja', problem)}決済会社の画面で ${key} を探し、支払われたかどうかをここに記録してください。`,
  ],
  [
    /^no answer for a day, the last trouble was: (.+)$/s,
    (problem) => `1日たっても回答がありません。最後の原因：${refundProblem('ja', problem)}`,
  ],
  [
    /^it was sent before and its answer was lost; sent again, (.+)$/s,
    (problem) => `一度送金しましたが回答が届かず、もう一度送りました。結果：${refundProblem('ja', problem)}`,
  ],
  [
    /^the payment provider refused: (.+) \((\w+)\)$/s,
    (message, code) => `決済会社に断られました：${message}（${code}）。`,
  ],
  [/^the payment provider answered (\d{3}) to (.+?);.*$/s, (status) => `決済会社が ${status} を返しました。`],
  [
    /^the provider took the refund and it came to nothing$/,
    () => '決済会社が受け付けたあと、返金は成立しませんでした。',
  ],
  [
    /^the provider took it as (.+) and does not list it any more$/,
    (id) => `決済会社は ${id} として受け付けましたが、現在は一覧にありません。`,
  ],
  [
    /^its answer was lost and the provider does not list it$/,
    () => '回答が届かず、決済会社の一覧にもありません。',
  ],
  [
    /^a person looked it up at the provider: it was not paid$/,
    () => '担当者が決済会社で確認し、支払われていませんでした。',
  ],
  [/^pending at the provider$/, () => '決済会社で処理中です。'],
]

/** Why a refund hangs, in the reader's language where we know the sentence. */
export function refundProblem(language: Language, sentence: string): string {
  if (language !== 'ja') return sentence.charAt(0).toUpperCase() + sentence.slice(1)
  for (const [pattern, say] of JAPANESE) {
    const match = pattern.exec(sentence)
    if (match) return say(match[1] ?? '', match[2] ?? '')
  }
  return sentence
}
