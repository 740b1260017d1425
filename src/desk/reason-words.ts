import { type Language, translateOr } from './i18n.ts'

/**
 * Why a draft was not written, not sent, or came back, said again in Japanese. The sentences are stored in English
 * as the rooms that decided wrote them; one that is not known here stays as it is.
 */
const JAPANESE: readonly [pattern: RegExp, text: string | ((...found: string[]) => string)][] = [
  [
    /^the author asked us not to reply$|^[Tt]he author asked not to be answered\.?$/,
    'この方は返信を望んでいません。',
  ],
  [/^conduct\.abuse is not answered: it goes to a lead$/, '迷惑行為の投稿には返信せず、責任者が対応します。'],
  [
    /^(\S+) is not answered \(neverAnswer.*$/,
    '$1 は返信しない設定です（templates/policy.yaml の neverAnswer）。',
  ],
  [
    /^posts with "(.+)" are not answered .*$/,
    '「$1」を含む投稿には返信しない設定です（templates/policy.yaml）。',
  ],
  [
    /^no replies in the language "(.+)": a person answers$/,
    'この言語（$1）の返信文がないため、人が対応します。',
  ],
  [/^no template for (\S+): add (\S+)$/, '「$1」のテンプレートがありません。$2 を追加してください。'],
  [/^no text of (\S+) is for severity (\d)$/, '$1 に深刻さ $2 向けの文面がありません。'],
  [
    /^this person already got every text for this code: a person answers$/,
    'この分類の文面はすべてこの方に使用済みのため、人が対応します。',
  ],
  [/^crisis mode is on: nothing goes out by itself$/, '緊急モードのため、自動では送信しません。'],
  [/^there is no text to send$/, '送信する文面がありません。'],
  [
    /^the author did not mention us: X lets only a person answer, from its own composer$/,
    '当社への言及がない投稿のため、X の規則により返信できるのは人だけです。',
  ],
  [/^no autoApprove rule of templates\/policy\.yaml allows it$/, '自動承認のルールに当てはまりません。'],
  [
    /^autoApprove rule (\d+) of templates\/policy\.yaml allows it(, after the quiet hours)?$/,
    '自動承認のルール$1により承認しました。',
  ],
  [
    /^The network does not allow this reply through its API: post it by hand\.$/,
    'API からは返信できない投稿です。手動で投稿してください。',
  ],
  [/^This post was answered already\.$/, 'この投稿には返信済みです。'],
  [
    /^An earlier reply to this post may stand in public\. Look at the thread\.$/,
    '以前の返信がすでに公開されているかもしれません。スレッドを確認してください。',
  ],
  [
    /^X says that it has this text already, but it is not among our replies.*$/,
    'X に同じ文面がすでにあるとのことですが、この投稿への返信の中には見つかりません。スレッドを確認してください。',
  ],
  [/^The post was deleted before it could be answered\.$/, '返信する前に、投稿が削除されました。'],
  [
    /^The post was edited after this reply was written\..*$/,
    '返信を書いたあとに投稿が編集されました。新しい内容がまもなく届きます。',
  ],
  [
    /^(.+) says (\S+), (\w+); our own reading was (\S+), (\w+), ([\d.]+)$/,
    (_all, model, code, feeling, ownCode, ownFeeling, confidence) =>
      `${model} の判定は ${code}（${sentimentWord(feeling)}）、当システムの判定は ${ownCode}（${sentimentWord(ownFeeling)}、確信度 ${confidence}）`,
  ],
  [/^this person was erased$/, 'この方に関する記録は消去されました'],
  [/^danger to somebody$/, '人の安全に関わる内容です'],
  [/^speaks of law, press or authorities$/, '法的措置・報道・行政機関への言及があります'],
  [/^(\d+) people follow the author$/, 'フォロワーが$1人います'],
  [/^complained (\d+) times before$/, '以前にも$1回、苦情の投稿があります'],
  [/^only the first (\d+) characters were read$/, '先頭の$1文字だけを判定しました'],
  [
    /^no text for (\S+) at severity (\d): add one to (\S+)$/,
    '「$1」に深刻さ $2 向けの文面がありません。$3 に追加してください。',
  ],
  [
    /^its address is not a public one$/,
    '宛先が社内ネットワークのアドレスです（CORD_PRIVATE を確認してください）。',
  ],
  [/^no answer in time$/, '時間内に応答がありませんでした。'],
  [/^it can not be reached: .*$/, '接続できませんでした。'],
  [/^its name can not be resolved: .*$/, '宛先のホスト名が見つかりません。'],
  [/^its answer can not be read$/, '応答を読み取れませんでした。'],
  [/^its answer broke off$/, '応答が途中で途切れました。'],
  [/^We answered this post already, in the app\.$/, 'この投稿には、すでに X のアプリから返信しています。'],
]

/** The sentence in the reader's language, where we know it. */
export function translateReason(language: Language, sentence: string): string {
  if (language !== 'ja') return sentence.replace(/^complained 1 times before$/, 'complained once before')
  const known = JAPANESE.find(([pattern]) => pattern.test(sentence))
  if (!known) return sentence
  const [pattern, text] = known
  return typeof text === 'string' ? sentence.replace(pattern, text) : sentence.replace(pattern, text)
}

function sentimentWord(sentiment = ''): string {
  return translateOr('ja', 'sentiment', sentiment)
}
