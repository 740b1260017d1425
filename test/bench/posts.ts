import { writeFileSync } from 'node:fs'

/** Posts as customers write them; `{item}` and `{n}` are filled in, so that hardly two are the same. */
const ENGLISH = [
  '@hinata_shop my {item} was due on the {n}th and tracking still says "preparing". Is anybody looking at this?',
  '@hinata_shop the box with my {item} came crushed on one side and the tape was half off. {n} stars for the padding',
  '@hinata_shop I ordered a {item} and got {n} phone cases. Not even the right colour of wrong.',
  '@hinata_shop my {item} smells of burning after {n} minutes and the plug is hot. I have unplugged it. Is it safe??',
  '@hinata_shop the film keeps stopping every {n} minutes. Paid to rent it, watched a spinner',
  '@hinata_shop charged twice for one {item}, order {n}. Please give one of them back',
  '@hinata_shop where is the refund for the {item}? You said {n} days, that was last month',
  '@hinata_shop the page says the {item} has a {n} m cable. It has not. Please fix the listing',
  '@hinata_shop {item} arrived a day early, and the handwritten note made my week. Thank you!',
  'oh great, another {item} left in the rain by @hinata_shop. {n} out of {n} for consistency',
  '@hinata_shop does the {item} work with 110 V? Asking for gift number {n}',
  '@hinata_shop could the receipt for the {item} be easier to find? It took me {n} clicks',
  'Unboxing my new {item} tonight, video number {n} is up on the channel',
  '@hinata_shop I can not sign in since the update, the code by mail never comes. Tried {n} times',
  '@hinata_shop please cancel order {n}, I chose the wrong {item}',
  'WIN a {item}!! Follow, like and tag {n} friends http://prize.example/{n}',
]
const JAPANESE = [
  '@hinata_shop {n}日に届くはずの{item}、まだ「準備中」のままです。いつ届くのか教えてもらえますか',
  '@hinata_shop {item}の箱が潰れて届きました。緩衝材も入ってなくて角がへこんでます。残り{n}個も心配',
  '@hinata_shop {item}を頼んだのに、違う商品が{n}個入ってました。交換してもらえますか？',
  '@hinata_shop {item}、使い始めて{n}分で焦げ臭いです。コードも熱い。怖いので止めました',
  '@hinata_shop 映画が{n}分おきに止まって全然見られない。お金払ってるのにぐるぐるばっかり',
  '@hinata_shop {item}が二重に請求されてます。注文番号{n}です。確認お願いします',
  '@hinata_shop {item}の返金、{n}日で戻ると言われたのにまだです。どうなってますか',
  '@hinata_shop {item}の商品ページ、長さ{n}mと書いてあるのに実物は全然短い。直した方がいいですよ',
  '@hinata_shop {item}もう届いた！手書きのメッセージまで入ってて感動しました。{n}年使います☺️',
  'また玄関前に{item}が雨ざらし。{n}回目。もう笑うしかない',
  '@hinata_shop {item}って100Vでも使えますか？{n}人分まとめて買いたいです',
  '@hinata_shop {item}の領収書がどこにあるか分かりにくいです。{n}回くらいタップしました',
  'ひなたで買った{item}の箱を開けたら底が濡れてた…はぁ。これで{n}度目かな',
  '@hinata_shop 更新してからログインできません。認証メールも来ないし、もう{n}回試しました',
  '@hinata_shop 注文番号{n}のキャンセルお願いします。{item}の色を間違えました',
  '今日の晩ごはんは鍋。{item}は出番なし。{n}時まで飲みます',
]
const ITEMS: [string[], string[]] = [
  ['kettle', 'desk lamp', 'rice cooker', 'rain coat', 'heater', 'picture book', 'headset', 'tea set'],
  ['電気ケトル', 'デスクライト', '炊飯器', 'レインコート', 'ヒーター', '絵本', 'ヘッドホン', '急須'],
]
/** One in this many is written by the brand itself. */
const OWN_EVERY = 12
/** Most people write once, some again. */
const POSTS_PER_AUTHOR = 1.3

/** Writes a replay file: half English, half Japanese, the same for the same count. */
export function writeReplayFile(file: string, count: number): void {
  const random = seeded(20261122)
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T
  const authors = Math.ceil(count / POSTS_PER_AUTHOR)
  const start = Date.UTC(2026, 10, 21)
  let text = ''
  for (let n = 0; n < count; n++) {
    const language = n % 2
    const own = n % OWN_EVERY === OWN_EVERY - 1
    const words = pick(language === 0 ? ENGLISH : JAPANESE)
      .replaceAll('{item}', pick(ITEMS[language] as string[]))
      .replaceAll('{n}', String(2 + Math.floor(random() * 26)))
    const line = {
      id: String(9_000_000 + n),
      author: own ? 'hinata_shop' : `customer${Math.floor(random() * authors)}`,
      inbound: !own,
      created_at: new Date(start + n * 1000).toISOString(),
      text: words,
    }
    text += `${JSON.stringify(line)}\n`
  }
  writeFileSync(file, text)
}

/** mulberry32: small, and the same on every machine. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
