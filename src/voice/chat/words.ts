import type { BothLanguages, ChatSum } from '../../store/schema.ts'

type Language = 'en' | 'ja'
type NameOf = (code: string) => BothLanguages

export const OPEN_AT_DESK: BothLanguages = { en: 'Open at the desk', ja: 'デスクで開く' }
export const AT_DESK_ONLY: BothLanguages = {
  en: 'Its words are shown at the desk only.',
  ja: '投稿の文面はデスクでのみ表示します。',
}
export const GONE: BothLanguages = {
  en: 'Its author has deleted the post.',
  ja: '投稿は投稿者によって削除されました。',
}

/** "Danger: Injury or fire, and Late delivery" */
export function voiceTitle(codes: readonly string[], severity: number, nameOf: NameOf): BothLanguages {
  const names = codes.map(nameOf)
  const en = names.map((name) => name.en).join(', ')
  const ja = names.map((name) => name.ja).join('、')
  return severity >= 3
    ? { en: `Danger: ${en}`, ja: `危険：${ja}` }
    : { en: `Voice: ${en}`, ja: `お客様の声：${ja}` }
}

const CODES_NAMED = 4

/** "… and 14 more voices, 09:00–10:00: Late delivery 8, Lost 6" */
export function sumTitle(sum: ChatSum, language: Language, nameOf: NameOf, timeZone: string): string {
  const named = sum.codes.slice(0, CODES_NAMED).map(({ code, count }) => `${nameOf(code)[language]} ${count}`)
  const rest = sum.codes.slice(CODES_NAMED).reduce((total, { count }) => total + count, 0)
  const span = spanOf(new Date(sum.from), new Date(sum.to), language, timeZone)
  if (language === 'ja') {
    const list = [...named, ...(rest > 0 ? [`その他 ${rest}`] : [])].join('、')
    return `ほかに${sum.count}件の声（${span}）：${list}`
  }
  const list = [...named, ...(rest > 0 ? [`others ${rest}`] : [])].join(', ')
  return `… and ${sum.count} more ${sum.count === 1 ? 'voice' : 'voices'}, ${span}: ${list}`
}

function spanOf(from: Date, to: Date, language: Language, timeZone: string): string {
  const format = new Intl.DateTimeFormat(language === 'ja' ? 'ja-JP' : 'en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    ...(to.getTime() - from.getTime() > 20 * 3_600_000 ? { month: 'short', day: 'numeric' } : {}),
  })
  return `${format.format(from)}${language === 'ja' ? '～' : '–'}${format.format(to)}`
}

const DIMENSIONS: Record<string, BothLanguages> = {
  title: { en: 'title', ja: '作品' },
  region: { en: 'region', ja: '地域' },
  network: { en: 'network', ja: '回線' },
  player: { en: 'player', ja: 'プレーヤー' },
}

/** A streaming failure of ours that began or is over. */
export function incidentBody(incident: {
  id: number
  what: 'opened' | 'closed'
  dimension: string
  value: string
  sessions: number
  customers: number
}) {
  const { what, value, sessions, customers } = incident
  const dimension = DIMENSIONS[incident.dimension]
  const en = dimension ? `${dimension.en} ${value}` : 'everywhere'
  const ja = dimension ? `${dimension.ja}「${value}」` : '全体'
  const title =
    what === 'opened'
      ? { en: `Streaming failure of ours: ${en}`, ja: `配信障害が発生しています：${ja}` }
      : { en: `Streaming failure is over: ${en}`, ja: `配信障害は解消しました：${ja}` }
  return {
    title,
    lines: [
      {
        en: `Customers touched: ${customers}. Sessions in the same place: ${sessions}.`,
        ja: `影響を受けたお客様：${customers}名、同じ条件の視聴：${sessions}件`,
      },
    ],
    table: null,
    path: `/streaming/incidents/${incident.id}`,
  }
}
