import { formatMoney } from '../money.ts'
import type { Language } from './i18n.ts'

const LEFT_ALONE = /^the gateway (\S+) is left alone, circuit (?:open until \S+|half-open): (.+)$/s

const STOPS: Record<string, string> = {
  'kill-switch': '担当者による停止',
  'unusual-rate': '普段より大幅に多い返金',
  ledger: '帳簿の不一致',
  reconciliation: '決済会社との差異',
}

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
    /^the payment provider refused: Stripe can not pay (\d+ minor units of [A-Z]{3}); (\d+) it could \(amount_not_payable\)$/,
    (asked, most) => {
      const [minor = '', , , , currency = ''] = asked.split(' ')
      const money = (amount: string) => formatMoney(Number(amount), currency, 'ja')
      return `Stripe では${money(minor)}ちょうどを支払えません（支払えるのは${money(most)}です）。`
    },
  ],
  [
    /^the payment provider refused: (\S+) is no payment of Stripe; .+ \(unknown_payment\)$/s,
    (id) =>
      `${id} は Stripe の支払いではありません。ショップの paymentId は pi_… または ch_… である必要があります。`,
  ],
  [
    /^the payment provider refused: the refund failed at once \(failed\)$/,
    () => '決済会社で返金がすぐに失敗しました。',
  ],
  [
    /^the payment provider refused: the coupon was cancelled at once \(cancelled\)$/,
    () => 'ショップがクーポンをすぐに取り消しました。',
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
    /^its answer was lost, and now (.+)$/s,
    (problem) => `回答が届かず、その後次のことが分かりました。${refundProblem('ja', problem)}`,
  ],
  [
    /^the provider has (\d+ [A-Z]{3}) \(minor units\) under our key, as (.+)$/s,
    (theirs, rest) => {
      const [, id = '', ours = ''] = /^(.+), and our books have (\d+ [A-Z]{3})$/.exec(rest) ?? []
      const money = (text: string) => formatMoney(Number(text.split(' ')[0]), text.slice(-3), 'ja')
      return `決済会社には当社のキーで${money(theirs)}の返金（${id}）がありますが、帳簿では${money(ours)}です。`
    },
  ],
  [
    /^it stands at the provider after all \((.+)\)\. Send it again here: it is booked, not sent twice\.$/,
    (id) =>
      `決済会社では支払い済みでした（${id}）。ここで再送すると、二重に送金されることなく帳簿に記録されます。`,
  ],
  [
    /^its answer was lost and the provider does not list it$/,
    () => '回答が届かず、決済会社の一覧にもありません。',
  ],
  [
    /^a person looked it up at the provider: it was not paid$/,
    () => '担当者が決済会社で確認し、支払われていませんでした。',
  ],
  [
    /^the shop refused: (.+) \((\w+)\)$/s,
    (message, code) => `ショップに断られました：${message}（${code}）。`,
  ],
  [
    /^no answer of the shop for a day, the last trouble was: (.+)$/s,
    (problem) => `ショップから1日たっても回答がありません。最後の原因：${refundProblem('ja', problem)}`,
  ],
  [/^the shop cancelled replacement (.+)$/, (id) => `ショップが代替品 ${id} の手配を取り消しました。`],
  [/^the shop could not be asked for a replacement: .*$/s, () => 'ショップに代替品を依頼できませんでした。'],
  [/^pending at the provider$/, () => '決済会社で処理中です。'],
  [/^the mail server refused <\S+>: (.+)$/s, (answer) => `メールサーバーに拒否されました：${answer}`],
  [
    /^the mail's recipient is not one mail address: it is not sent$/,
    () => '宛先のメールアドレスが正しくないため、送信していません。',
  ],
  [
    /^the mail's \S+ holds a line break: it is not sent$/,
    () => '宛先や件名に改行が含まれるため、送信していません。',
  ],
  [
    /^payouts are stopped \((.+)\)$/,
    (kind) => `支払いを止めているため待機しています（${STOPS[kind] ?? kind}）。`,
  ],
  [
    /^the customer's bank disputes the payment; .+$/,
    () => 'カード会社などを通じた異議申し立てがあり、返金すると二重払いになるおそれがあります。',
  ],
  [
    /^somebody else refunded this payment at the provider in the meantime$/,
    () =>
      'その間に、この支払いに対する返金が決済会社で直接行われました。再送する場合は、二重払いにならないかをご確認ください。',
  ],
  [
    /^the provider had paid it and took it back later$/,
    () => '決済会社がいったん支払ったあと、返金が取り消されました。お客様には返金済みとお知らせしています。',
  ],
  [
    LEFT_ALONE,
    (name, problem) =>
      `決済会社（${name}）で失敗が続いているため、一時的に接続を控えています。最後の原因：${refundProblem('ja', problem)}`,
  ],
  [/^it failed too often$/, () => '失敗が続きました。'],
  [/^(.+); ask for \S+(?: before it is sent again)?$/s, (problem) => refundProblem('ja', problem)],
  [
    /^(?:GET|POST) \S+: no answer within (\d+) ms$/,
    (ms) => `${Number(ms) / 1000}秒以内に回答がありませんでした。`,
  ],
  [/^(?:GET|POST) \S+: (.+)$/s, (detail) => `接続できませんでした（${detail}）。`],
  [
    /^the answer to \S+ can not be read; ask what became of it$/,
    () => '決済会社の回答を読み取れませんでした。一覧で結果を確認します。',
  ],
  [
    /^the list of refunds: (.+)$/s,
    (problem) => `返金の一覧を取得できません：${refundProblem('ja', problem)}`,
  ],
  [
    /^the list of refunds was answered with (\d{3}).*$/s,
    (status) => `返金の一覧の取得に、決済会社が ${status} を返しました。`,
  ],
  [/^the list of refunds .*$/s, () => '決済会社の返金の一覧を読み取れません。'],
  [/^no answer of Stripe in time$/, () => 'Stripe から時間内に回答がありませんでした。'],
  [/^no answer of Stripe \((.+)\)$/, (detail) => `Stripe に接続できませんでした（${detail}）。`],
  [
    /^Stripe asks us to slow down; .*$/,
    () => 'Stripe から送信の頻度を下げるよう求められています。あとで自動的に再送します。',
  ],
  [
    /^Stripe answered (\d{3}): check STRIPE_SECRET_KEY.*$/s,
    (status) =>
      `Stripe が ${status} を返しました。STRIPE_SECRET_KEY と、返金の書き込み権限をご確認ください。`,
  ],
  [
    /^Stripe had (\S+) before, with another amount, .+$/s,
    (key) => `Stripe には同じキー（${key}）で、金額などの異なる返金があります。管理画面で比べてください。`,
  ],
  [
    /^Stripe is still busy with this refund or its payment .+$/s,
    () => 'Stripe がこの返金または支払いを処理中です。',
  ],
  [/^Stripe answered (\d{3})$/, (status) => `Stripe が ${status} を返しました。`],
  [/^Stripe answered what can not be read$/, () => 'Stripe の回答を読み取れませんでした。'],
  [/^the shop could not be asked for .*$/s, () => 'ショップに接続できませんでした。'],
  [/^the shop answered (\d{3}) (?:for|to) .*$/s, (status) => `ショップが ${status} を返しました。`],
  [/^the shop has no customer (.+)$/, (id) => `ショップにお客様 ${id} の登録がありません。`],
]

/** Why a refund hangs, in the reader's language where we know the sentence. */
export function refundProblem(language: Language, sentence: string): string {
  const alone = LEFT_ALONE.exec(sentence)
  if (language !== 'ja' && alone)
    return `The provider ${alone[1]} keeps failing and is left alone for a moment: ${alone[2]}`
  if (language !== 'ja') return sentence.charAt(0).toUpperCase() + sentence.slice(1)
  for (const [pattern, say] of JAPANESE) {
    const match = pattern.exec(sentence)
    if (match) return say(match[1] ?? '', match[2] ?? '')
  }
  return sentence
}

/** Why payouts stopped by themselves, in Japanese; a person's own words stay as they are. */
const STOPPED: readonly [pattern: RegExp, say: (...groups: string[]) => string][] = [
  [
    /^(\d+) automatic refunds within an hour; this hour of the day usually brings ([\d.]+)$/,
    (count, usual) => `1時間に自動の返金が${count}件ありました。この時間帯は普段${usual}件です。`,
  ],
  [
    /^ledger: (.+) is (-?\d+) ([A-Z]{3}) \(minor units\), the refunds say (-?\d+)$/,
    (what = '', booked, currency, expected) =>
      `帳簿：${ACCOUNTS[what] ?? what}が${booked}（${currency}の最小単位）ですが、返金の記録では${expected}です。`,
  ],
  [
    /^order line (.+) is refunded beyond its charge$/,
    (line) => `注文明細 ${line} の返金が請求額を超えています。`,
  ],
  [
    /^the provider has refund (.+) under our key (.+), which our books do not know$/,
    (id, key) => `決済会社に当社のキー ${key} の返金 ${id} がありますが、帳簿にありません。`,
  ],
  [
    /^refund (\d+) is (.+) at the provider \((.+)\) and (.+) in our books$/,
    (id, theirs = '', at, ours = '') =>
      theirs === 'paid'
        ? `返金${id}は決済会社（${at}）では支払い済みですが、帳簿では「${STATES[ours.replaceAll('"', '')] ?? ours}」です。`
        : `返金${id}は決済会社（${at}）では${theirs}、帳簿では${ours}です。`,
  ],
  [
    /^ledger: what is booked of refund (\d+) is not what the refund says$/,
    (id) => `帳簿：返金${id}の記帳が、返金の記録と一致しません。`,
  ],
  [
    /^order (?!line )(.+) is refunded beyond its charge$/,
    (id) => `注文 ${id} の返金が請求額を超えています。`,
  ],
  [
    /^refund (\d+) is paid at the provider as (.+), and as (.+) in our books: it may have been paid twice$/,
    (id, theirs, ours) =>
      `返金${id}は決済会社では${theirs}、帳簿では${ours}として支払い済みです。二重払いの可能性があります。`,
  ],
  [
    /^refund (\d+) is paid in our books and does not stand at the provider$/,
    (id) => `返金${id}は帳簿では支払い済みですが、決済会社の記録にありません。`,
  ],
]

const ACCOUNTS: Record<string, string> = {
  'the sum of all accounts': '全勘定の合計',
  'what is reserved': '返金引当',
  'what customers are owed': 'お客様への未払い',
  'what was paid': '支払済みの返金',
  'what left the provider': '決済会社から出た金額',
}
const STATES: Record<string, string> = {
  asked: '判断待ち',
  failed: '失敗',
  denied: '返金なし',
  paid: '返金済み',
}

/** Why payouts are stopped: several faults, one after the other, in the reader's language where we know them. */
export function stopReason(language: Language, reason: string): string {
  if (language !== 'ja') return reason
  const [, day = '', told = reason] = /^(\d{4}-\d\d-\d\d, \S+: )(.+)$/s.exec(reason) ?? []
  const whole = sayStop(told)
  if (whole !== null) return day + whole
  const faults = told.split('; ').map((fault) => sayStop(fault) ?? fault)
  return faults.join('; ') === told ? reason : day + faults.join('')
}

function sayStop(fault: string): string | null {
  for (const [pattern, say] of STOPPED) {
    const match = pattern.exec(fault)
    if (match) return say(...match.slice(1))
  }
  return null
}
