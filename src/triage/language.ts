import type { Canonical } from './normalise.ts'

// The commonest little words of each language, as they stand after normalisation. Our own lists.
const LITTLE_WORDS: Record<string, string> = {
  en: 'the a an and or but is are was were be been im ive id youre its it this that these those i me my we our you your he she they them their his her of to in on at for from with by as if so not no dont doesnt didnt cant wont isnt just have has had do does did will would can could should what when where why how who which there here get got up out about now still please thanks thank order delivery need help service been than then too very any some all never ever again only after before because',
  es: 'el la los las un una de del que y en por para con no es son está estan mi tu su se lo me te ya muy pero como más mas cuando donde dónde qué porque hola gracias pedido todavía todavia ha han he sin nada desde hace llegó llego ni este esta eso',
  fr: 'le la les un une des du de et est sont je tu il elle nous vous ils mon ma mes ton ta votre vos notre pas ne que qui pour avec sur dans ce cette ces jai cest mais où quand comment pourquoi bonjour merci commande toujours très reçu rien plus depuis être avoir fait au aux colis jamais',
  de: 'der die das ein eine einen dem den des und oder aber ist sind war ich du er sie wir ihr mein meine mir mich dein nicht kein keine mit auf für von zu im am bei nach seit wie was wann wo warum noch schon nur auch bitte danke hallo paket bestellung habe hat haben wird wurde immer sehr',
  pt: 'o os as um uma de do da dos das que e em no na por para com não nao é são meu minha seu sua eu você voce vocês ele ela mas como quando onde porque obrigado obrigada olá pedido ainda já muito foi está estou tem chegou até isso esse nada sem',
  it: 'il lo la gli le un una di del della dei che e è in con per non sono ho ha mi ti ci si mio mia tuo ma come quando dove perché ciao grazie ordine ancora già molto questo questa anche più nella pacco arrivato niente ma dal alla',
  nl: 'de het een en of maar is zijn was ik jij je u wij we mijn jouw niet geen met op voor van naar bij aan dat dit die wat wanneer waar waarom hoe nog al ook heel bedankt dank bestelling pakket heb heeft hebben wordt graag er',
  id: 'yang dan di ke dari ini itu saya aku kamu kami tidak tak bukan sudah belum ada akan untuk dengan pada juga karena tapi kapan mana kenapa bagaimana tolong terima kasih barang pesanan kok nya gak nggak bisa min sampai banget',
  tr: 've bir bu şu o ben sen biz siz için ile de da mi mı değil yok var çok ama ne zaman nerede neden nasıl hala daha kargo sipariş lütfen teşekkürler merhaba gibi kadar olarak benim',
  vi: 'và là của không có tôi bạn cho với được này đó đã chưa khi nào sao vì hàng đơn giao cảm ơn xin shop mình rồi vẫn',
  pl: 'i w na z do nie jest są to że się jak co kiedy gdzie dlaczego moje mój moja mam czy ale już jeszcze proszę dziękuję dzień dobry zamówienie paczka od przez dla',
  tl: 'ang ng sa mga ko mo ako ikaw siya namin nyo ninyo hindi wala pa na po naman bakit kailan saan paano salamat yung lang din rin',
  sv: 'och att det en ett som är jag du vi ni inte med på för av till från har hade min mitt mina när var varför hur tack hej paket beställning men också eller fått',
}
// Characters that Japanese does not use, or hardly ever
const CHINESE =
  '们这没吗呢很还个么您给发买卖请坏你吧啊都就沒嗎麼這您誰说话时间钱为对样够货换单东问题为谢让从见觉过两点电脑网购'
const HALF_CHINESE = '的了我也不是在有'

/** Little words by their hash (no two of them share one) → the languages that have them. */
const wordLanguages = new Map<number, number[]>()
const LANGUAGES = Object.keys(LITTLE_WORDS)
for (const [index, language] of LANGUAGES.entries()) {
  for (const word of (LITTLE_WORDS[language] as string).split(' ')) {
    let hash = 0
    for (let i = 0; i < word.length; i++) hash = mix(hash, word.charCodeAt(i))
    const known = wordLanguages.get(hash)
    if (known) known.push(index)
    else wordLanguages.set(hash, [index])
  }
}
const chinese = new Set([...CHINESE].map((character) => character.charCodeAt(0)))
const halfChinese = new Set([...HALF_CHINESE].map((character) => character.charCodeAt(0)))
const SCRIPTS: [from: number, to: number, language: string][] = [
  [0x370, 0x3ff, 'el'],
  [0x400, 0x52f, 'ru'],
  [0x590, 0x5ff, 'he'],
  [0x600, 0x6ff, 'ar'],
  [0x750, 0x77f, 'ar'],
  [0x900, 0x97f, 'hi'],
  [0x980, 0x9ff, 'bn'],
  [0xb80, 0xbff, 'ta'],
  [0xe00, 0xe7f, 'th'],
  [0x530, 0x58f, 'hy'],
  [0x10a0, 0x10ff, 'ka'],
  [0x1000, 0x109f, 'my'],
  [0x1780, 0x17ff, 'km'],
]

/**
 * ISO 639-1 code of the language a post is written in, `und` where it has no words. By script first; Latin
 * scripts by their little words. A post in two languages gets the one with more of it; Japanese with foreign
 * names in it stays Japanese.
 */
export function detectLanguage(text: Canonical): string {
  if (text.letters === 0) return 'und'
  const { kana, han, latin, hangul, other } = text
  if (hangul > 0 && hangul >= kana && hangul * 2 >= latin) return 'ko'
  if (other > 0 && other > kana + han && other * 2 >= latin) return otherScript(text)
  if (kana + han > 0 && (kana + han) * 3 >= latin)
    return kana > 0 && kana * 6 >= han ? 'ja' : hanLanguage(text)
  if (latin > 0) return latinLanguage(text)
  return 'und'
}

function hanLanguage({ codes, length, han, kana }: Canonical): string {
  let score = 0
  for (let i = 0; i < length; i++) {
    const unit = codes[i] as number
    if (chinese.has(unit)) score += 2
    else if (halfChinese.has(unit)) score += 1
  }
  return score >= 2 + kana && score * 8 >= han ? 'zh' : 'ja'
}

function otherScript({ codes, length }: Canonical): string {
  const counts = new Map<string, number>()
  for (let i = 0; i < length; i++) {
    const unit = codes[i] as number
    if (unit < 0x370) continue
    const script = SCRIPTS.find(([from, to]) => unit >= from && unit <= to)
    if (!script) continue
    let language = script[2]
    if ('іїєґ'.includes(String.fromCharCode(unit))) language = 'uk'
    if ('پچژگ'.includes(String.fromCharCode(unit))) language = 'fa'
    counts.set(language, (counts.get(language) ?? 0) + (language === 'uk' || language === 'fa' ? 20 : 1))
  }
  let best = 'und'
  for (const [language, count] of counts) if (count > (counts.get(best) ?? 0)) best = language
  return best
}

function mix(hash: number, unit: number): number {
  return (Math.imul(hash, 31) + unit + 1) | 0
}

const votes = new Float64Array(LANGUAGES.length)

function latinLanguage({ codes, length }: Canonical): string {
  votes.fill(0)
  let hash = 0
  for (let i = 0; i < length; i++) {
    const unit = codes[i] as number
    if (unit !== 32) {
      hash = mix(hash, unit)
      continue
    }
    const known = wordLanguages.get(hash)
    if (known) for (const index of known) votes[index] = (votes[index] as number) + 1 / known.length + 0.2
    hash = 0
  }
  let best = 0
  for (let i = 1; i < votes.length; i++) {
    // English is what unknown Latin words are taken for: another language must win by some way
    if ((votes[i] as number) > Math.max((votes[best] as number) * 1.15 + 0.1, 1.5)) best = i
  }
  return LANGUAGES[best] as string
}
