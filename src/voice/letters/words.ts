import { formatMoney } from '../../money.ts'
import type { LetterMoment, LetterNumbers } from '../../store/letter-facts.ts'

type Language = 'en' | 'ja'

/** What the system knows of how big it is, as lines of text. */
export function numbersText(numbers: LetterNumbers, cases: number, language: Language): string {
  const { week, weekBefore, month, monthBefore, people, severe, firstAnswerS, refunds, unfinished } = numbers
  const money = refunds.map(({ count, minor, currency }) => ({
    count,
    sum: formatMoney(minor, currency, language),
  }))
  if (language === 'ja') {
    return [
      `この書簡に添えた案件：${cases}件`,
      `同じコードのお困りの声：直近7日 ${week}件（その前の7日 ${weekBefore}件）、直近28日 ${month}件（その前の28日 ${monthBefore}件）${unfinished ? '※集計中のものを除く' : ''}`,
      `直近28日：お客様 ${people}名、重大（危険・炎上）${severe}件${firstAnswerS === null ? '' : `、初回返信までの中央値 ${minutes(firstAnswerS, language)}`}`,
      ...(money.length === 0
        ? ['直近28日の返金：なし']
        : [`直近28日の返金：${money.map(({ count, sum }) => `${count}件 ${sum}`).join('、')}`]),
    ].join('\n')
  }
  return [
    `Cases in this letter: ${cases}`,
    `Complaints with the same code: ${week} in the last 7 days (${weekBefore} in the 7 before), ${month} in the last 28 days (${monthBefore} in the 28 before)${unfinished ? '; the newest not counted yet' : ''}`,
    `Last 28 days: ${people} customers, ${severe} of the gravest kind${firstAnswerS === null ? '' : `, first answer after ${minutes(firstAnswerS, language)} (median)`}`,
    money.length === 0
      ? 'Refunds in the last 28 days: none'
      : `Refunds in the last 28 days: ${money.map(({ count, sum }) => `${count} for ${sum}`).join(', ')}`,
  ].join('\n')
}

function minutes(seconds: number, language: Language): string {
  const whole = Math.max(1, Math.round(seconds / 60))
  return language === 'ja' ? `${whole}分` : `${whole} min`
}

const MOMENTS: Record<LetterMoment['what'], Record<Language, (count: number) => string>> = {
  'first-voice': { en: () => 'first voice of these cases', ja: () => 'この件で最初の声' },
  'latest-voice': {
    en: (count) => `latest voice (${count} post${count === 1 ? '' : 's'} in all)`,
    ja: (count) => `最新の声（投稿は計${count}件）`,
  },
  'first-answer': {
    en: (count) => `first answer sent (${count} in all)`,
    ja: (count) => `最初の返信（計${count}件）`,
  },
  'first-refund': {
    en: (count) => `first refund paid (${count} in all)`,
    ja: (count) => `最初の返金（計${count}件）`,
  },
}

/** What the system knows of when it happened, a line a moment, in the company's time. */
export function timelineText(
  moments: readonly LetterMoment[],
  sentAt: Date,
  language: Language,
  timeZone: string,
): string {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })
  return [
    ...moments.map(({ what, at, count }) => `${clock.format(at)} ${MOMENTS[what][language](count)}`),
    `${clock.format(sentAt)} ${language === 'ja' ? 'この書簡を送付' : 'this letter was sent'}`,
  ].join('\n')
}

/** Earlier letters and root causes about the same, a line each; what was fixed then, where it is known. */
export function similarText(
  similar: readonly { kind: 'letter' | 'root-cause'; id: number; at: Date; title: string; fix: string }[],
  language: Language,
  timeZone: string,
): string {
  const day = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' })
  const kinds = {
    letter: { en: 'Letter', ja: '書簡' },
    'root-cause': { en: 'Root cause', ja: '原因究明' },
  }
  return similar
    .map(({ kind, id, at, title, fix }) => {
      const told = fix === '' ? '' : language === 'ja' ? `→対策：${oneLine(fix)}` : ` → fix: ${oneLine(fix)}`
      return `${day.format(at)} ${kinds[kind][language]} ${id}: ${oneLine(title)}${told}`
    })
    .join('\n')
}

function oneLine(text: string): string {
  const plain = text.replace(/\s+/g, ' ').trim()
  return plain.length > 90 ? `${plain.slice(0, 89)}…` : plain
}

/** Subject of a letter that a rule sent. */
export function ruleTitle(code: string, rule: string, language: Language): string {
  return language === 'ja' ? `${code}（自動で上申：${rule}）` : `${code} (sent up by the rule ${rule})`
}
