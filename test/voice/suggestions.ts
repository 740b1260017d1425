/** Suggestions and small annoyances, by what they ask for; each said by different people in their own way. */
export const SUGGESTIONS: Record<'en' | 'ja', { matter: string; texts: string[] }[]> = {
  en: [
    {
      matter: 'notes field',
      texts: [
        'Could you make the notes field longer? 50 characters is nothing.',
        'The order notes field is way too short, my directions never fit',
        'why is the notes box limited to 50 characters, I need to explain how to find the gate',
        'Ran out of characters in the delivery notes again. Longer notes field please!',
        'Notes for the driver get cut off after one sentence. Let us write longer notes',
      ],
    },
    {
      matter: 'receipt',
      texts: [
        'Where on earth is the receipt? Took me ten minutes to find it in the order history',
        'The receipt download is so hidden, please put a button on the order page',
        'Finding a receipt on your site is a treasure hunt',
        'Please email the receipt automatically instead of hiding the download',
        'I can never find the receipt for my expenses, it should be on the order page',
      ],
    },
    {
      matter: 'dark mode',
      texts: [
        'Dark mode for the app please, my eyes hurt at night',
        'Any plans for a dark mode? The white app blinds me in bed',
        'your app needs a dark theme, it is 2026',
        'Would love dark mode in the app',
        'Still no dark mode in the app after three years of asking',
      ],
    },
    {
      matter: 'time slot',
      texts: [
        'Let me choose a delivery slot in the evening, I work all day',
        'Evening delivery slots please! Nobody is home at noon',
        'I wish I could pick a two hour delivery slot at checkout',
        'choosing a delivery slot at checkout would save me a day off',
        'More delivery slots after 7 pm would be great',
      ],
    },
    {
      matter: 'search filter',
      texts: [
        'Search needs a filter for size, I scroll through things that do not fit',
        'Please add a size filter to the search results',
        'filter search results by size and color, pretty please',
        'The search shows everything sold out, a filter for in stock items would help',
        'No way to filter search results by price?',
      ],
    },
    {
      matter: 'cart empties',
      texts: [
        'My cart was empty again when I came back to the site',
        'The cart forgets everything as soon as I log in on my phone',
        'Cart keeps emptying itself overnight, so annoying',
        'Put 12 items in the cart, went for lunch, cart empty.',
        'bug: cart empties itself when I log in',
      ],
    },
    {
      matter: 'login code',
      texts: [
        'The login code arrives after it has expired',
        'Waiting 20 minutes for a login code by mail is silly',
        'Your login code mail always lands in spam or comes too late',
        'login code never arrives, third day in a row',
        'code expired before the login mail even arrived',
      ],
    },
    { matter: 'shared wish list', texts: ['Sharing a wish list with my sister would be lovely'] },
    { matter: 'gift wrap', texts: ['You should sell gift wrapping, even at a small price'] },
    { matter: 'podcast', texts: ['Have you ever thought of doing a podcast with your bakers?'] },
    { matter: 'font size', texts: ['The letters on the ingredients photo are tiny for old folks'] },
  ],
  ja: [
    {
      matter: '備考欄',
      texts: [
        '備考欄の文字数、もうちょっと増やしてほしい。50文字じゃ道順書けない',
        '備考欄が短すぎて配達の人への説明が途中で切れる',
        '注文の備考欄、文字数制限きつくない?',
        '備考欄もっと長く書けるようにしてください',
        '備考に書ける文字数が少なすぎて毎回削ってる',
      ],
    },
    {
      matter: '領収書',
      texts: [
        '領収書どこからダウンロードするの…毎回迷子になる',
        '領収書のボタンが分かりにくすぎる。注文履歴の一番下って',
        '経費精算したいのに領収書が見つからない',
        '領収書は注文ページからすぐ出せるようにしてほしいです',
        '領収書のダウンロード、奥深くに隠しすぎでは',
      ],
    },
    {
      matter: 'ダークモード',
      texts: [
        'アプリのダークモード対応まだですか',
        '夜中にアプリ開くと眩しいのでダークモードほしい',
        'ダークモードがないのこのアプリだけなんだよな',
        'お願いだからアプリにダークモードつけて',
        'ダークモード実装希望です!目が痛い',
      ],
    },
    {
      matter: '時間指定',
      texts: [
        '配達の時間指定に19時以降を追加してほしい',
        '時間指定が午前中しか選べないの不便',
        '夜の時間指定できるようにしてくれたら毎週頼むのに',
        '配達時間の指定、2時間刻みにならないかな',
        '共働きなので夜間の時間指定をお願いします',
      ],
    },
    {
      matter: '絞り込み',
      texts: [
        '検索結果をサイズで絞り込みできるようにしてほしい',
        '検索の絞り込みに「在庫あり」がないの地味につらい',
        '価格で絞り込みできないと検索する気なくす',
        '検索結果の絞り込み、色とサイズもお願いしたい',
        'サイズで検索を絞り込めたら最高なのに',
      ],
    },
    {
      matter: 'カート',
      texts: [
        'カートに入れたやつ翌日には全部消えてるんだけど',
        'ログインするとカートの中身が空になるバグ直して',
        'またカートが空っぽ。入れ直すの3回目',
        'スマホで見たらカートの中身が消えてた',
        'カートの商品が勝手に消えるのなんとかして',
      ],
    },
    {
      matter: '認証コード',
      texts: [
        '認証コードのメールが届くころには期限切れ',
        'ログインの認証コードが全然届かない',
        '認証コード届くの遅すぎて毎回やり直し',
        '認証コードのメール、迷惑メールに入る率100%',
        '認証コードが来ないからログインできません',
      ],
    },
    { matter: 'ほしい物リスト', texts: ['欲しいものリストを家族と共有したいな'] },
    { matter: 'ラッピング', texts: ['有料でいいのでギフト包装を選べるとうれしい'] },
    { matter: '文字の大きさ', texts: ['原材料の写真の字が小さくて老眼にはつらい'] },
    { matter: '動画', texts: ['職人さんの一日を追った動画とか見てみたい'] },
  ],
}
