export type Language = 'en' | 'ja'

/** A sentence in a language, its {places} filled. */
export function say(
  language: Language,
  key: keyof typeof WORDS,
  values: Record<string, unknown> = {},
): string {
  return WORDS[key][language].replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''))
}

const WORDS = {
  week: { en: 'Review of week {name}', ja: '{name}週の振り返り' },
  day: { en: 'Review of {name}', ja: '{name}の振り返り' },
  span: { en: '{from} to {to}, {zone}', ja: '{from}〜{to}（{zone}）' },
  oneDay: { en: '{from}, {zone}', ja: '{from}（{zone}）' },
  forDepartment: { en: 'Codes of: {department}', ja: '担当部署：{department}' },
  filtered: { en: 'Only: {what}', ja: '絞り込み：{what}' },
  country: { en: 'country {country}', ja: '国・地域 {country}' },
  language: { en: 'language {language}', ja: '言語 {language}' },
  future: {
    en: 'It has not begun yet, so there is nothing to count.',
    ja: 'まだ始まっていない期間のため、集計はありません。',
  },
  running: {
    en: 'It still runs: counted until {until}, and held against the same part of the spans before.',
    ja: 'まだ終わっていない期間です。{until}までを、以前の期間の同じところまでと比べています。',
  },
  none: {
    en: 'Not one contact was recorded. If that is unlikely, check under Operations whether posts are being heard.',
    ja: '記録されたお客様の声は1件もありません。不自然な場合は、投稿を受信できているか確認してください。',
  },
  shorter: {
    en: 'Clocks went forward: it has {hours} hours less than usual.',
    ja: '時計が進められたため、通常より{hours}時間短い期間です。',
  },
  longer: {
    en: 'Clocks went back: it has {hours} hours more than usual.',
    ja: '時計が戻されたため、通常より{hours}時間長い期間です。',
  },
  unplaced: {
    en: 'Left out by the filter because their country or language is unknown: {count}',
    ja: '国・地域や言語が不明なため、絞り込みから外れた件数：{count}',
  },
  notYet: {
    en: '{name}: nothing was recorded by then, so nothing is compared.',
    ja: '{name}：当時はまだ記録がないため、比較していません。',
  },
  empty: {
    en: '{name} holds no contacts at all, so nothing is compared with it.',
    ja: '{name}には記録が1件もないため、比較していません。',
  },
  noRate: {
    en: 'Contacts per 1,000 orders: unknown. {why}',
    ja: '注文1,000件あたりの件数：不明。{why}',
  },
  noOrders: {
    en: 'The shop has not told the orders of every day of it.',
    ja: 'この期間すべての日の注文数は、ショップから届いていません。',
  },
  noOrdersYet: { en: 'The span is not over.', ja: '期間がまだ終わっていません。' },
  noOrdersByLanguage: { en: 'Orders have no language.', ja: '注文には言語の区別がありません。' },
  zeroOrders: { en: 'The shop says that there were none.', ja: 'ショップによると、注文は0件でした。' },
  noSpread: {
    en: 'Fewer than ten weeks are known, so chance is reckoned as that of dice: real weeks vary more.',
    ja: '過去の記録が10週に満たないため、偶然の幅はさいころと同じとみなしています。実際の週ごとのばらつきはもっと大きくなります。',
  },
  behind: {
    en: 'Older weeks are still being added up: the chart and how much weeks vary may be incomplete.',
    ja: '過去の週を集計中です。グラフと週ごとのばらつきは、まだ揃っていないことがあります。',
  },
  contacts: { en: 'Contacts', ja: 'お客様の声' },
  severeOf: { en: '{count} about danger', ja: 'うち危険 {count}件' },
  rate: { en: 'Per 1,000 orders', ja: '注文1,000件あたり' },
  unknown: { en: 'unknown', ja: '不明' },
  ordersOf: { en: '{orders} orders', ja: '注文 {orders}件' },
  firstAnswer: { en: 'First answer, median', ja: '初回返信（中央値）' },
  ninetieth: { en: '90 in 100 within {span}', ja: '90%は{span}以内' },
  withinTen: { en: 'Answered within ten minutes', ja: '10分以内の返信' },
  withinTenOf: {
    en: '{part} of {whole} answered; {posts} posts in all',
    ja: '返信{whole}件中{part}件（投稿は全{posts}件）',
  },
  refunds: { en: 'Refunds', ja: '返金' },
  noRefunds: { en: 'none', ja: 'なし' },
  byCode: { en: 'By code', ja: '分類別の件数' },
  code: { en: 'Code', ja: '分類' },
  lastWeek: { en: 'Against the week before', ja: '前週との比較' },
  lastDay: { en: 'Against the day before', ja: '前日との比較' },
  aYearBefore: { en: 'Against {name}', ja: '{name}との比較' },
  more: { en: 'more than chance', ja: '偶然では説明しにくい増加' },
  less: { en: 'less, by more than chance', ja: '偶然では説明しにくい減少' },
  noise: { en: 'within what chance does', ja: '偶然の範囲内' },
  interval: { en: '95 %: {low} to {high}', ja: '95%区間 {low}〜{high}' },
  wasBefore: { en: 'was {count}', ja: '比較先 {count}件' },
  fromNone: { en: 'from none', ja: '0件から' },
  noLimit: { en: 'no limit', ja: '上限なし' },
  notCompared: { en: 'not compared', ja: '比較なし' },
  nothingBoth: { en: 'none then and now', ja: '前後とも0件' },
  removed: { en: 'no longer in the taxonomy', ja: '現在の分類にはありません' },
  renamedFrom: { en: 'formerly {codes}', ja: '旧名 {codes}' },
  changeHint: {
    en: 'Rates are compared where orders are known of both, else counts by the hour. An exact test that allows for how much weeks vary; of the changes called more than chance, one in twenty at most is noise.',
    ja: '両方の注文数が分かるときは比率を、それ以外は1時間あたりの件数を比べています。週ごとのばらつきを見込んだ検定で、「偶然では説明しにくい」とした変化のうち偶然のものは20件に1件以下です。',
  },
  behindEach: { en: 'Behind each code', ja: '分類ごとの内訳' },
  things: { en: 'Products and titles named most', ja: '多く挙がった商品・作品' },
  answerTime: { en: 'First answer: median, 90 in 100', ja: '初回返信：中央値／90%' },
  voices: { en: 'Voices', ja: '生の声' },
  noVoices: { en: 'No words of this code are kept.', ja: 'この分類の文面は保存されていません。' },
  deleted: { en: 'no words', ja: '文面なし' },
  trend: { en: 'Contacts by week', ja: '週ごとの件数' },
  others: { en: 'others', ja: 'その他' },
  atDesk: { en: 'All voices at the desk', ja: 'すべての声をデスクで読む' },
  masked: {
    en: 'Personal data in voices are masked. Weeks begin on Monday; days are those of {zone}.',
    ja: '声に含まれる個人情報は伏せています。週は月曜始まり、日付は{zone}です。',
  },
  altogether: { en: 'Altogether', ja: '全体' },
  stays: { en: 'Did they stay?', ja: 'その後、お客様は' },
  staysLead: {
    en: 'People who first complained in the weeks from {from} to {to}, in the thirty days after. A description, not a proof: whom we answer and refund differs from whom we do not in more than that.',
    ja: '{from}から{to}の週に初めて不満を寄せたお客様の、その後30日間です。返信や返金をした方としなかった方には、ほかにも違いがあります。事実の記述であり、因果関係を示すものではありません。',
  },
  staysNone: {
    en: 'No week of these has had its thirty days yet, or nobody complained.',
    ja: '30日が経過した週がまだないか、不満の声がありませんでした。',
  },
  group: { en: 'Group', ja: '区分' },
  people: { en: 'People', ja: '人数' },
  again: { en: 'Complained again within 30 days', ja: '30日以内に再び不満' },
  nextContent: { en: 'Next post content', ja: '次の投稿が好意的' },
  nextUnhappy: { en: 'Next post unhappy', ja: '次の投稿が不満' },
  bought: { en: 'Bought again', ja: '再び購入' },
  everybody: { en: 'Everybody', ja: '全員' },
  answered: { en: 'With our answer', ja: '返信あり' },
  unanswered: { en: 'Without our answer', ja: '返信なし' },
  refunded: { en: 'With a refund', ja: '返金あり' },
  unrefunded: { en: 'Without a refund', ja: '返金なし' },
  and: { en: '{one}, {other}', ja: '{one}・{other}' },
  byWeek: { en: 'Complained again, by week', ja: '週別：再び不満を寄せた割合' },
  againByCode: { en: 'Complained again, by code', ja: '分類別：再び不満を寄せた割合' },
  weekOf: { en: 'Week', ja: '週' },
  shareOf: { en: '{part} of {whole}', ja: '{whole}人中{part}人' },
  nobody: { en: 'nobody', ja: '該当なし' },
  under: { en: 'under a minute', ja: '1分未満' },
  minutes: { en: '{count} min', ja: '{count}分' },
  hours: { en: '{count} h', ja: '{count}時間' },
  days: { en: '{count} days', ja: '{count}日' },
  mailSubject: { en: '{title}: {department}', ja: '{title}：{department}' },
} as const satisfies Record<string, Record<Language, string>>

const LOCALES = { en: 'en-GB', ja: 'ja-JP' } as const

export function numberOf(language: Language, value: number, digits = 0): string {
  return new Intl.NumberFormat(LOCALES[language], {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value)
}

/** "Mon, 16 Nov 2026" of a day YYYY-MM-DD. */
export function dayName(language: Language, day: string): string {
  return new Intl.DateTimeFormat(LOCALES[language], {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  }).format(new Date(`${day}T00:00:00Z`))
}

export function momentName(language: Language, at: Date, zone: string): string {
  return new Intl.DateTimeFormat(LOCALES[language], {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: zone,
  }).format(at)
}

/** A wait to its largest unit. */
export function waitName(language: Language, seconds: number): string {
  const minutes = seconds / 60
  if (minutes < 1) return say(language, 'under')
  if (minutes < 120) return say(language, 'minutes', { count: Math.round(minutes) })
  if (minutes < 2880)
    return say(language, 'hours', { count: numberOf(language, minutes / 60, minutes < 600 ? 1 : 0) })
  return say(language, 'days', { count: numberOf(language, minutes / 1440, 1) })
}

/** A ratio as a change: 1.42 is "+42 %". */
export function changeName(language: Language, ratio: number): string {
  if (ratio === Number.POSITIVE_INFINITY) return say(language, 'noLimit')
  const percent = Math.round((ratio - 1) * 100)
  const sign = percent > 0 ? '+' : percent < 0 ? '−' : '±'
  return `${sign}${numberOf(language, Math.abs(percent))}${language === 'ja' ? '%' : ' %'}`
}

export function percentName(language: Language, share: number): string {
  const percent = share * 100
  return `${numberOf(language, percent, percent > 0 && percent < 10 ? 1 : 0)}${language === 'ja' ? '%' : ' %'}`
}
