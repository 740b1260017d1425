import type { Language } from './i18n.ts'

/** What deliveries to chats say, again in Japanese; what is not known here stays as it is. */
const JAPANESE: readonly [pattern: RegExp, text: string][] = [
  [/^our key is not taken any more/, 'トークンが無効になっています'],
  [/^we may not write there any more/, '書き込みが許可されていません'],
  [/^it is not there any more, or never was/, '送信先が見つかりません'],
  [/^it takes no messages/, '送信先がメッセージを受け付けません'],
  [/^it was too slow/, '送信先の応答が遅すぎます'],
  [/^it was closed or archived/, '送信先が閉鎖またはアーカイブされています'],
  [/^it asks us to (?:come back later|slow down)/, '送信先から間隔を空けるよう求められています'],
  [/^it is out of order/, '送信先で障害が起きています'],
  [/^it sends us elsewhere/, '送信先が別の場所へ転送しています（転送には従いません）'],
  [/^it was refused/, '送信先がメッセージを拒否しました'],
  [/^no answer in time$/, '時間内に応答がありません'],
  [/^it can not be reached: /, '送信先に接続できません：'],
  [/^its name can not be resolved: /, '送信先の名前を解決できません：'],
  [
    /^its address is not a public one.*$/,
    '送信先が社内や自機のアドレスです。意図したものなら、そのホストを CHAT_PRIVATE_HOSTS に加えてください',
  ],
  [/^(\S+) is not set: .*$/, '環境変数 $1 が設定されていません'],
  [/^(\S+) holds no address such as .*$/, '$1 の値がアドレスではありません'],
  [/^(\S+): the address must have no user and password$/, '$1：アドレスにユーザー名とパスワードは使えません'],
  [/^(\S+): must be an https address.*$/, '$1：https のアドレスが必要です'],
]

/** Why a chat could not be told something, in the reader's language. */
export function chatReason(language: Language, reason: string): string {
  if (language !== 'ja') return reason
  const known = JAPANESE.find(([pattern]) => pattern.test(reason))
  return known
    ? reason
        .replace(...known)
        .replace(/ \((HTTP \d+)\)/, '（$1）')
        .replace(/, and we do not go$/, '')
    : reason
}
