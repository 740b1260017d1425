/** Danger to body or home. Whatever the taxonomy says, a person must see it at once. */
export const DANGER = {
  en: 'caught fire, catch fire, catching fire, on fire, burst into flames, in flames, flames, set fire, house fire, fire hazard, fire brigade, fire department, smoking, started smoking, smoke coming, smoke came, smoke from, smell of burning, smells of burning, burning smell, smells like burning, burnt smell, burning plastic, burned my, burnt my, burned his, burned her, burnt his, burnt her, got burned, got burnt, burns on, melted, melting, overheats, overheated, overheating, too hot to touch, red hot, exploded, explodes, exploding, explosion, blew up, sparks, sparking, sparked, electric shock, electrocuted, got a shock, shocked me when, zapped me, short circuit, short circuited, swollen battery, battery swelled, battery is swelling, battery swollen, bulging battery, choked, choking, choking hazard, swallowed, injured, injury, injuries, hospital, a and e, emergency room, the er, ambulance, stitches, bleeding, sliced my, cut my finger, cut my hand, cut myself, cut his, cut her, lacerated, broken glass in, glass in my, shards of glass, metal in my, allergic reaction, anaphylaxis, anaphylactic, undeclared nuts, food poisoning, poisoned, threw up after, vomiting, rash all over, chemical burn, carbon monoxide, gas leak, toxic, collapsed under, collapsed with, nearly killed, could have killed, almost killed, couldve killed, dangerous, unsafe, recall this, safety hazard, hazardous',
  ja: '発火, 発煙, 煙が出, 煙がで, 煙が上が, 煙出, けむりが, 火が出, 火がつい, 火花, 火を噴, 火を吹, 火事, 出火, 燃え, 焦げ臭, 焦げくさ, 焦げた臭, 焦げたにお, 焦げたよう, 溶けて, 溶けた, 異常に熱, 異常な熱, 触れないほど熱, 触れないくらい熱, すごく熱くな, めちゃくちゃ熱くな, 熱くて持て, 異常発熱, 過熱, 爆発, 破裂, 感電, ビリッとき, ビリビリし, 漏電, ショートし, バッテリーが膨ら, バッテリー膨ら, 電池が膨ら, 電池が液, 液漏れ, 怪我, けがを, ケガ, 火傷, やけど, ヤケド, 流血, 出血, 血が出, 指を切, 手を切, 切り傷, 救急車, 救急, 病院, 搬送, 窒息, 誤飲, 飲み込, のどに詰ま, 喉に詰ま, アレルギー症状, アレルギーが出, アナフィラキシー, じんましん, 蕁麻疹, 食中毒, 嘔吐, 吐い, 腹痛, お腹を壊, お腹こわ, 下痢, ガラス片, ガラスの破片, 金属片, 針が入, 針が混, 異物混入, 有毒, ガス漏れ, 一酸化炭素, 危険です, 危険だ, 危険すぎ, 危険性, 非常に危険, 命に関わ, 死ぬかと, 殺す気, 子供が触, リコール',
}

/** The matter may become public or go to court. */
export const PUBLIC_FIRE = {
  en: 'lawyer, lawyers, attorney, solicitor, solicitors, legal action, legal advice, sue you, suing, sue them, small claims, small claims court, court, class action, trading standards, ombudsman, bbb, better business bureau, ftc, attorney general, consumer rights, consumer protection, chargeback, police, journalist, journalists, the press, reporter, newspaper, newspapers, bbc, cnn, watchdog, consumer affairs, going viral, go viral, goes viral, ceo',
  ja: '弁護士, 訴え, 訴訟, 法的, 裁判, 少額訴訟, 消費者センター, 消費生活センター, 消費者庁, 国民生活センター, 国セン, 警察, 被害届, 通報し, 通報する, 新聞社, 新聞に, テレビ局, マスコミ, 週刊誌, 文春, 炎上, 拡散希望, 拡散し, 拡散お願い, 社長に, 総務省, 経産省',
}

/** Asks not to be answered. */
export const OPT_OUT = {
  en: 'dont reply, do not reply, dont bother replying, do not bother replying, no reply needed, no need to reply, no reply necessary, no response needed, stop replying, stop responding, stop answering, stop messaging me, stop tweeting me, stop tweeting at me, stop contacting me, stop tagging me, stop replying to me, dont contact me, do not contact me, dont message me, do not message me, dont tweet me, dont answer me, dont @ me, unsubscribe me, leave me alone, not talking to you, wasnt talking to you, dont talk to me, opt out, opt me out, please dont respond, no bots please, dont want a reply, dont want your reply, dont need a reply, dont need your reply, wish to be answered by a, not wish to be answered, dont wish to be answered, not want to be answered, dont want to be answered, answered by a machine, answered by a bot, answered by machines, answered by bots, replied to by a bot, no automatic replies, no automated replies, no more automatic, no more automated, stop the automatic, stop the automated, stop your bot, keep your bot away, turn your bot off, no robots',
  ja: '返信不要, 返信ふよう, 返信は不要, 返信はいら, 返信いら, 返信はいりませ, 返信要ら, 返信は要ら, 返信しないで, 返信は結構, 返信結構, 返信やめ, 返信するな, 返信すんな, 返信はご遠慮, 返信ご遠慮, 返事不要, 返事は不要, 返事いら, 返事はいら, 返事は結構, 返事しないで, リプ不要, リプはいら, リプいら, リプしないで, リプすんな, リプするな, リプ送ってこないで, リプくれなくて, 連絡不要, 連絡は不要, 連絡しないで, 連絡してこないで, 話しかけないで, 話しかけてこないで, 話しかけんな, 絡んでこないで, 絡まないで, 絡んでくるな, 反応しないで, 反応不要, 構わないで, かまわないで, ほっといて, 放っておいて, ほっとけ, エアリプに反応, 引用しないで, メッセージ送らないで, 自動返信やめ, 自動返信をやめ, 自動返信はやめ, 自動返信はいら, 自動返信いら, 自動返信不要, 自動返信は不要, 自動で返信しない, 自動で返事しない, 機械に返信され, 機械の返信はいら, 機械の返事はいら, ボットの返信はいら, ボットは返信しない, botは返信しない, aiの返信はいら, aiで返信しない, ロボットに答えて, メッセージを送らないで, DM送らないで, DMしないで, 停止希望, 配信停止して',
}

/** Beside these the words above mean something else. */
export const OPT_OUT_BLOCKERS = {
  en: 'do not reply to my, dont reply to my, do not reply to our, dont reply to our, do not reply to me when, why dont you reply, why do you not reply, you dont reply, they dont reply, and dont reply, who dont reply, you do not reply, they do not reply, if you dont reply, if you do not reply, just dont reply, still dont reply, people dont reply, if they dont reply, how do i opt out, how to opt out, do you opt out',
  ja: '返信不要と書, 返信不要なの, 返信不要って言',
}

/** A post that is nothing but this word is an opt-out. */
export const BARE_OPT_OUT = new Set([
  ' stop ',
  ' stop . ',
  ' stop ! ',
  ' please stop ',
  ' stop please ',
  ' unsubscribe ',
  ' optout ',
  '停止',
  ' 停止 ',
  ' ストップ ',
  ' やめて ',
  ' 停止 . ',
  ' やめてください ',
  ' やめてください . ',
])
