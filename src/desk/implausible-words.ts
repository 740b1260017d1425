import type { Language } from './i18n.ts'

/** Why src/streaming does not believe a measurement, in Japanese. */
const JAPANESE: readonly [pattern: RegExp, text: string][] = [
  [/^reports of other sessions are mixed in$/, '別の再生の報告が混ざっています。'],
  [
    /^(\w+)=(.*) is not between (\S+) and (\S+)$/s,
    '「$1」の値「$2」が、ありえる範囲（$3〜$4）を外れています。',
  ],
  [/^two different reports have sn=(\d+)$/, '番号（sn=$1）が同じで内容の異なる報告があります。'],
  [
    /^a stall of (\d+) ms, counted as (\d+)$/,
    '$1ミリ秒の途切れが報告されました（$2ミリ秒として計算しています）。',
  ],
  [
    /^playing of (\d+) ms, counted as (\d+)$/,
    '再生時間が$1ミリ秒と報告されました（$2ミリ秒として計算しています）。',
  ],
  [
    /^start-up of (\d+) ms, counted as (\d+)$/,
    '開始までの時間が$1ミリ秒と報告されました（$2ミリ秒として計算しています）。',
  ],
  [/^the player's clock went back$/, 'プレーヤーの時計が逆戻りしています。'],
  [
    /^the player's clock passed (\d+) ms while the reports arrived within (\d+) ms$/,
    'プレーヤーの時計では$1ミリ秒たっていますが、報告は$2ミリ秒のあいだに届きました。',
  ],
  [/^the player's clock is more than a day ahead$/, 'プレーヤーの時計が1日以上進んでいます。'],
  [
    /^the player tells of (\d+) ms, and the session was registered (\d+) ms earlier$/,
    '報告された時間（$1ミリ秒）が、登録からの経過時間（$2ミリ秒）を超えています。',
  ],
  [/^reports are dated before the session was registered$/, '登録より前の日時の報告があります。'],
  [
    /^two sessions of this order played at the same time for (\d+) s$/,
    '同じご注文の再生が2つ、$1秒のあいだ同時に行われています。',
  ],
]

/** A note of a measurement in the reader's language; one that is not known here stays as it is. */
export function implausibleNote(language: Language, note: string): string {
  if (language !== 'ja') return note.charAt(0).toUpperCase() + note.slice(1)
  for (const [pattern, text] of JAPANESE) if (pattern.test(note)) return note.replace(pattern, text)
  return note
}
