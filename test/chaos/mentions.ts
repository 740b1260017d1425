import { setTimeout as sleep } from 'node:timers/promises'
import type { XAction } from './x-process.ts'

/** What a customer of the plan does, and so what must come of it. */
export type Kind =
  | 'complaint'
  | 'praise'
  /** Complains again while, or after, the first is answered. */
  | 'again'
  | 'edited'
  | 'deleted'
  /** Insults only: policy never answers. */
  | 'abuse'
  /** Says that it wants no answer, and only then complains. */
  | 'stop-first'
  /** Complains, then says that it wants no answer. */
  | 'stop-later'

export interface PlannedAction {
  atMs: number
  kind: Kind
  action: XAction
}

/** Everything that customers do, or complaints and thanks alone. */
export type Mix = 'all' | 'plain'

const PLAIN: readonly [Kind, number][] = [
  ['complaint', 0.9],
  ['praise', 0.1],
]
const ALL: readonly [Kind, number][] = [
  ['complaint', 0.62],
  ['praise', 0.12],
  ['again', 0.08],
  ['edited', 0.05],
  ['deleted', 0.05],
  ['abuse', 0.03],
  ['stop-first', 0.025],
  ['stop-later', 0.025],
]
const COMPLAINTS = [
  'my {item} was due on the {n}th and it is still not here',
  'the box with my {item} was crushed and two pieces are broken',
  'you sent me the wrong thing, I ordered a {item} and got {n} phone cases',
  'I was charged twice for one {item}, order {n}. Please look into it',
  'still waiting for the refund of my {item}, it has been {n} days',
  'the film keeps stopping every {n} minutes, I paid to rent it',
  '{item}がまだ届きません。もう{n}日待っています',
  '箱がつぶれていて、中の{item}が壊れていました',
  '{item}を頼んだのに違う商品が届きました。{n}個も要りません',
  '{item}が二重に請求されています。注文番号{n}です',
  '{item}の返金がまだです。もう{n}日たちます',
  '映画が{n}分おきに止まって見られません',
]
const PRAISE = [
  'the {item} arrived a day early and it is lovely. Thank you so much!',
  '{item}、とても気に入りました。ありがとうございます！',
]
const ABUSE = ['you are all stupid idiots, go to hell', 'お前ら全員バカだろ、死ね']
const STOP = ['stop', '返信不要']
const ITEMS = [
  ['kettle', 'desk lamp', 'rain coat', 'picture book', 'headset', 'tea set'],
  ['電気ケトル', 'デスクライト', 'レインコート', '絵本', 'ヘッドホン', '急須'],
] as const

/** A plan of `count` mentions at an even pace, the same for the same seed: many authors, two languages. */
export function planMentions(
  brand: string,
  count: number,
  perSecond: number,
  seed: number,
  mix: Mix = 'all',
): PlannedAction[] {
  const random = seeded(seed)
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T
  const plan: PlannedAction[] = []
  let posts = 0
  for (let author = 0; posts < count; author++) {
    const kind = kindOf(random(), mix === 'all' ? ALL : PLAIN)
    const words = (from: readonly string[]) => {
      const text = pick(from)
      const item = pick(ITEMS[/[ぁ-んァ-ヶ一-龠]/.test(text) ? 1 : 0] as readonly string[])
      return `@${brand} ${text.replaceAll('{item}', item).replaceAll('{n}', String(2 + Math.floor(random() * 27)))}`
    }
    const put = (key: string, text: string, afterMs = 0) => {
      posts += 1
      const action = { do: 'post', key, author: `customer${author}`, text } as const
      plan.push({ atMs: atMs + afterMs, kind, action })
    }
    const atMs = (posts / perSecond) * 1000
    const soonMs = 200 + random() * 4000
    const key = `${kind}-${author}`
    if (kind === 'praise') put(key, words(PRAISE))
    else if (kind === 'abuse') put(key, words(ABUSE))
    else if (kind === 'stop-first') put(key, words(STOP))
    else put(key, words(COMPLAINTS))
    if (kind === 'again' || kind === 'stop-first') put(`${key}-then`, words(COMPLAINTS), soonMs)
    if (kind === 'stop-later') put(`${key}-then`, words(STOP), soonMs)
    if (kind === 'edited') {
      plan.push({ atMs: atMs + soonMs, kind, action: { do: 'edit', key, text: words(COMPLAINTS) } })
    }
    if (kind === 'deleted') plan.push({ atMs: atMs + soonMs, kind, action: { do: 'delete', key } })
  }
  return plan.toSorted((a, b) => a.atMs - b.atMs)
}

/** The kind of a post's author, as its key tells. */
export function kindOfKey(key: string): Kind {
  return key.replace(/-\d+(-then)?$/, '') as Kind
}

/** Has a plan happen in its own time. */
export async function feed(
  plan: readonly PlannedAction[],
  act: (actions: XAction[]) => Promise<void>,
): Promise<void> {
  const started = Date.now()
  for (let next = 0; next < plan.length; ) {
    const due: XAction[] = []
    for (; (plan[next]?.atMs ?? Number.POSITIVE_INFINITY) <= Date.now() - started; next++) {
      due.push((plan[next] as PlannedAction).action)
    }
    await act(due)
    await sleep(20)
  }
}

function kindOf(chance: number, shares: readonly [Kind, number][]): Kind {
  let left = chance
  for (const [kind, share] of shares) {
    left -= share
    if (left < 0) return kind
  }
  return 'complaint'
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
