/**
 * What a company binds itself to, or asks for, by matter. A wording may name a matter only where its draft does, and
 * not more firmly. Looked for in lower case.
 */
export const PROMISES: Record<string, RegExp> = {
  refund:
    /\brefund|\breimburs|\bmoney[ -]back|\bpay(?:ing)?\b[\w ]{0,12}\bback\b|\brepa(?:y|id)\b|返金|払い?戻|返済/,
  replacement: /\breplac|\bexchang|\ba new one\b|\bswap|交換|代替|代品|新品|新しいもの/,
  compensation:
    /\bcompensat|\bmake (?:it|this|that) up to you|\bindemni|\bcover (?:the|your|all)\b|\bpay for\b|補償|賠償|弁償|埋め合わせ|負担いた|お支払い/,
  gift: /\bvoucher|\bcoupon|\bgift|\bcredit|\bdiscount|\bcomplimentary|(?<!feel )\bfree\b|\bno (?:extra )?(?:charge|cost)|\bon the house|\bwaive|クーポン|割引|値引|ポイント|進呈|プレゼント|贈り物|無料|無償|商品券|ギフト|免除/,
  whole: /\b(?:full|whole|entire) (?:amount|price|sum)|\bin full\b|全額|半額|満額/,
  guarantee:
    /\bguarantee|\bpromise|\bassure|\bswear\b|\bever again|\b(?:not|n't|never) happen|\bmake (?:very )?sure|必ず|絶対|保証|約束|二度と|再発/,
  sending:
    /\bwe(?:'ll| will|'re| are)?(?: going to| now)? (?:re)?(?:send|ship|dispatch|deliver)|\bresen[dt]|\breship|再送|発送いたし|お送りいたし|お送りします/,
  call: /\b(?:call|phone|ring|telephone)(?:s|ing)? (?:you|them)\b|\bgive you a (?:call|ring)|お電話|電話(?:いた|し|差し|を)/,
  visit:
    /\bvisit you|\bcome (?:round|to your|and)|\bcollect (?:it|the)|\bpick (?:it|the \w+) up|訪問|引き取|集荷/,
  repair: /\brepair|修理/,
  cancelling: /\bcancel|\bterminate|キャンセル|解約|取り?消/,
  superior:
    /\bmanager|\bsupervisor|\bdirector|\bceo\b|\bpresident\b|\bhead office|上司|責任者|店長|社長|本社|役員/,
  law: /\blawyer|\blegal|\blawsuit|\bsue\b|\bpolice|\bcourt\b|\bliab|\bnegligen|\bregulator|弁護士|法的|訴訟|裁判|警察|過失/,
  blame:
    /\b(?:our|my|his|her|their|the \w+(?:'s)?) (?:own )?fault|\bto blame\b|\bfired\b|\bsacked\b|\bdisciplin|責任を(?:負|取|と)|全責任|解雇|処分|懲戒/,
  done: /\b(?:already|has been|have been|was|were) (?:re)?(?:sent|shipped|refunded|fixed|resolved|solved|found|processed|approved)|\bon (?:its|the) way\b|済み(?:です|でござ|の)|手配済|対応済|完了|解決(?:いた|し)ました|承認/,
  safety:
    /\bsafe\b|\bharmless|\bno danger|\bnothing to worry|\bdon't worry|安全|無害|ご安心|心配(?:は)?(?:いりません|ございません|ありません)/,
  channel: /\bwhats ?app|\btelegram|\be-?mail|\bsms\b|\btext (?:us|me)\b|\bmessenger|メール|line(?:で|に)/,
  deletion: /\b(?:delete|remove|take down)\b|削除|消して/,
  secrets:
    /\bpassword|\bcard (?:number|details)|\bbank|\baccount number|\bcvv\b|\bpin\b|\bphone number|\b(?:home|postal|mail|email) address|暗証番号|パスワード|カード番号|口座|住所|電話番号|メールアドレス/,
}

/** Reasons that somebody would have to know. */
export const CAUSES: Record<string, RegExp> = {
  cause: /\b(?:due|owing) to\b|\bas a result of\b|\bcaused by\b|原因|せいで|の影響/,
  outside:
    /\bstrike|\bweather|\btraffic|\bcustoms\b|\bholidays?\b|\bpandemic|\bshortage|天候|台風|大雪|渋滞|税関|人手不足|混雑/,
  others: /\bcourier|\bcarrier|\bdriver|\bsupplier|\bcontractor|配送業者|運送会社|配達員|ドライバー|委託/,
  house:
    /\bwarehouse|\bserver|\boutage|\bsystem\b|\bnew (?:staff|colleague)|\btrainee|倉庫|サーバー|障害|システム|新人/,
}

/** Days and spans of time, by what they mean. */
export const TIMES: Record<string, RegExp> = {
  soon: /\bsoon\b|\bshortly|\basap\b|\bas (?:quickly|fast) as|\bpromptly|\bimmediate|\b(?:right|straight) away|\bat once\b|\binstantly|\bovernight|まもなく|間もなく|すぐ|ただちに|直ちに|早急|至急|速やか|即(?:日|時)|(?:のち|後)ほど/,
  today: /\btoday|\btonight|\bthis (?:morning|afternoon|evening)|今日|本日|今晩|今夜|今朝|当日/,
  tomorrow: /\btomorrow|\bnext day|明日|翌日|明後日/,
  yesterday: /\byesterday|昨日|一昨日/,
  week: /\bweek(?!end)|今週|来週|先週|翌週|週間|週明け/,
  weekend: /\bweekend|週末/,
  month: /\bmonth|今月|来月|先月|月末|か月|ヶ月|カ月/,
  year: /\byears?\b|年内|来年|今年/,
  businessDays: /\b(?:business|working) days?|営業日/,
  days: /\bdays?\b|[\d]日|日以内|日間/,
  hours: /\bhours?\b|(?<!お)時間(?:以内|後|で)/,
  minutes: /\bminutes?\b|[\d]分/,
  monday: /\bmonday|月曜/,
  tuesday: /\btuesday|火曜/,
  wednesday: /\bwednesday|水曜/,
  thursday: /\bthursday|木曜/,
  friday: /\bfriday|金曜/,
  saturday: /\bsaturday|土曜/,
  sunday: /\bsunday|日曜/,
  months:
    /\b(?:january|february|april|june|july|august|september|october|november|december)\b|\b(?:march|may) \d/,
}

export const MONEY =
  /[$€£¥₩₹%]|\b(?:usd|eur|gbp|jpy|dollars?|euros?|pounds?|yen|bucks|cents?|pence|quid|per ?cent)\b|(?<=[\d万千百])円|ドル|ユーロ|ポンド|ウォン|パーセント|割(?:引|り引)/g

/** What keeps a sentence from binding anybody outright: it denies, leaves open, or sets a condition. */
export const HEDGES: readonly RegExp[] = [
  /\b(?:not|no|never|cannot|unable|without|nor)\b|n't|ません|ない|なく|かね(?:ます|る)/,
  /\b(?:whether|possib|may|might|perhaps|see if|check if|look into)|か(?:どうか|を|も)|可能|検討/,
  /\b(?:if|unless|should (?:it|they|that|you))\b|場合|もし|ましたら|であれば|なければ|次第/,
]

/** Regret is worded as a negation in Japanese and denies nothing. */
export const REGRET = /申し訳(?:ござい|あり)ません(?:でした)?|申し訳な[いく]|すみません|恐れ入ります/g

/** Number words of English, as figures. */
export const ENGLISH_NUMBERS: Record<string, string> = Object.fromEntries(
  [
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen',
    'eighteen nineteen twenty',
  ]
    .join(' ')
    .split(' ')
    .map((word, number) => [word, String(number)] as const)
    .concat(
      'thirty forty fifty sixty seventy eighty ninety hundred'
        .split(' ')
        .map((word, place) => [word, String((place + 3) * 10)] as const),
    )
    .concat([
      ['thousand', '1000'],
      ['million', '1000000'],
      ['dozen', '12'],
      ['half', '0.5'],
      ['double', '2x'],
      ['twice', '2x'],
      ['triple', '3x'],
    ]),
)

/** "One of us", "this one": only with one of these behind it is it a number. */
export const ENGLISH_UNITS = /^(?:business|working|hour|minute|day|week|month|year|dollar|euro|pound|percent)/

/** Katakana that every reply may use: nobody's name. */
export const ORDINARY_KATAKANA = new Set(
  'サポート スタッフ チーム メッセージ ダイレクトメッセージ ダイレクト メール ショック ストレス サービス ページ リンク アカウント ログイン ミス トラブル コメント ポスト ツイート フォロー お客さま ショップ プロフィール ケース タイミング スケジュール'.split(
    ' ',
  ),
)
