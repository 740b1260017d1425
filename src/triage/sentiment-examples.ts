/**
 * What customers say that is about no code in particular: teaches the sentiment model how praise, plain
 * statements and disappointment sound in general. One post a line, our own writing.
 */
export const SENTIMENT_EXAMPLES = {
  en: {
    positive: `
you guys made our evening, thank you
really happy with how this was handled
I always come back to you because things just work
the new store looks wonderful and the people in it are so kind
best purchase I've made this year
thanks for getting back to me so fast
this jacket fits like a dream
that was painless, thanks
my kids adore it, money well spent
appreciate you looking into it, have a good one
wow, that was quick!
you've won a customer for life
absolutely stunning quality, even better than in the photos
hats off to the whole team
thank you for the kind answer, much appreciated
so comfy, I wear them every day
the film was in perfect quality, loved every minute
finally a company that listens
great prices and even greater people
I can't say enough good things about you
awesome, thanks!
good work on the new app, it's a pleasure
ordering was so easy, five stars
couldn't be happier
love you guys ❤️
thanks, that did the trick
smooth, quick, friendly. Recommended
my mum cried happy tears when she opened it
yes!!! thank you!!!
looking forward to my next order`,
    neutral: `
I ordered a lamp and a rug yesterday
thinking about buying one of these for the office
just followed you so you can message me
order number is 44120
I live in Leeds
it's the black one, size M
on my way to pick it up now
my flight of stairs is the second on the left
could you follow me so I can send a private message
I have sent you the details
yes, that is the address
no, the other one
the email I used is the one on the account
is anyone from the team available for a quick call tomorrow
they have a shop in the city centre as well
we're moving house in May
reading about the new model in the paper
what do people usually order here
I'll check tonight and let you know
which email address should I write to
thanks, I will wait for the mail
just a quick one, who do I contact about an invoice address
I'd like to change my delivery slot to Thursday
please let me know the dates
how would I go about adding a second name to the order
can you dm me
saw the new catalogue today
the sale starts on Friday
what size would you recommend for a child of six
do I need the receipt`,
    negative: `
I expected so much more from you
what a let down
this is the last straw
why is everything with you so complicated
nothing works, nobody cares
not what I paid for
honestly considering moving to somebody else
you used to be good. what happened?
I'm so tired of this
how is this still not sorted
we've been customers for ten years and this is how you treat us
such a waste of an evening
you ruined the surprise
I regret buying this
it only gets worse
another week, another excuse
I can't believe I paid for this
are you even reading what I write
this can't be how you do business
never felt so stupid for trusting a company`,
  },
  ja: {
    positive: `
本当に頼んでよかったです
スタッフの皆さんがとても親切でした
またお願いしたいと思います
とても快適に過ごせました
味も見た目も大満足でした
期待以上の出来で家族も喜んでいます
いつも丁寧な対応をありがとうございます
使いやすくて気に入っています
値段の割に質が良いと思います
子どもが大喜びでした
迅速に対応していただき感謝しています
清潔感があって気持ちよかったです
景色がきれいで癒されました
おいしくいただきました
思ったより広くて使い勝手がいい
説明も分かりやすくて安心できました
この値段でこの内容なら十分です
毎日使うのが楽しみになりました
さっそく届いて使ってます、いい感じ
肌触りがよくてお気に入りです
電話の方がとても感じがよかった
コスパ最高
また来年も利用したいです
買い物が楽しくなるお店
細かいところまで気配りが行き届いていました
すごくいい！
ありがとう、助かったよ
プレゼントしたらとても喜ばれました
駅から近くて便利でした
サポートの方の優しさに救われました
無事に直りました、ありがとうございます
種類が豊富で選ぶのが楽しい
温かい言葉をかけてもらえて嬉しかったです
文句なしの星5つ`,
    neutral: `
昨日ランプとラグを注文しました
事務所用に一台買おうか考え中
注文番号は44120です
Mサイズの黒です
今から受け取りに行きます
家族4人で利用しました
2階の左側の部屋です
フォローしましたのでDMお願いします
住所はそれで合っています
駅前にも店舗があるらしい
5月に引っ越す予定です
カタログ見てるところ
今夜確認して連絡します
メールはどちらに送ればよいですか
セールは金曜からだそうです
6歳の子だとサイズはどれがいいですか
今回で3回目の利用です
妻の名前で予約してあります
お届け日を木曜に変更したいのですが
レシートは必要ですか
平日に一人で行きました
朝はパンとコーヒー
普通だと思います
可もなく不可もなく
値段相応かな
まだ使っていないのでわかりません
アプリから申し込みました
詳しくはDMで送りました
使い方を調べている
友人にすすめられて購入`,
    negative: `
期待していただけに残念でした
正直がっかりです
もっとちゃんとしてほしい
この値段でこれはない
何度言っても変わらない
前はよかったのに最近ひどい
二度と利用しません
説明と違っていて困りました
部屋が狭くて暗かった
味が薄くておいしくない
掃除が行き届いていませんでした
対応が冷たくて悲しくなりました
うるさくて眠れなかった
古くて汚い
10年使ってきたのにこの扱い
お金返してほしいレベル
疲れるだけの買い物だった
言い訳ばかりで話が進まない
楽しみにしてたのに台無し
もう少し改善してほしいです
ちょっと物足りない感じでした
信用できない会社だとわかった`,
  },
}
