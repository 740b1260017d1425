import type { ChatNews } from '../../store/chat-news.ts'
import type { CordRow, CordThing } from '../../store/cords.ts'
import type { BothLanguages } from '../../store/schema.ts'
import type { Signal } from '../signals/signal.ts'
import type { ThingBook } from './keep-watch.ts'

const COMPANY: BothLanguages = { en: 'the whole company', ja: '全社' }

/** What people call a thing that is watched. */
export function thingName(
  thing: CordThing | Pick<Signal, 'kind' | 'name'>,
  things: ThingBook,
): BothLanguages {
  if (thing.kind === 'company') return COMPANY
  if (thing.kind === 'code') return things.nameOfCode(thing.name)
  return things.nameOf(thing.name) ?? { en: thing.name, ja: thing.name }
}

/** A signal, as chats are told of it. */
export function signalNews(id: number, signal: Signal, things: ThingBook): ChatNews {
  const name = thingName(signal, things)
  const code = signal.code === null ? null : things.nameOfCode(signal.code)
  const isDanger = signal.reason === 'danger'
  const usual = signal.expected.toFixed(1)
  return {
    key: `signal:${id}`,
    kind: 'signal',
    codes: signal.code !== null ? [signal.code] : signal.kind === 'code' ? [signal.name] : [],
    severity: isDanger ? 3 : 2,
    language: null,
    postId: null,
    body: {
      title: isDanger
        ? { en: `Danger: ${name.en}`, ja: `危険の報告：${name.ja}` }
        : { en: `More than usual: ${name.en}`, ja: `通常より多い報告：${name.ja}` },
      lines: [
        ...(code ? [code] : []),
        ...(isDanger
          ? []
          : [
              {
                en: `${signal.seen} contacts, where ${usual} are usual`,
                ja: `${signal.seen}件（通常は${usual}件）`,
              },
            ]),
      ],
      table: null,
      path: `/andon/signals/${id}`,
    },
  }
}

/** A cord that was pulled or let go, as chats are told of it. What people wrote about it stays at the desk. */
export function cordNews(
  cord: Pick<CordRow, 'id' | 'kind' | 'name'>,
  things: ThingBook,
  over: boolean,
): ChatNews {
  const name = thingName(cord, things)
  return {
    key: `cord:${cord.id}:${over ? 'resumed' : 'pulled'}`,
    kind: 'cord',
    codes: cord.kind === 'code' ? [cord.name] : [],
    severity: over ? 1 : 3,
    language: null,
    postId: null,
    body: {
      title: over
        ? { en: `On sale again: ${name.en}`, ja: `販売を再開しました：${name.ja}` }
        : {
            en: `The cord is pulled, sale stops: ${name.en}`,
            ja: `アンドンを引きました（販売停止）：${name.ja}`,
          },
      lines: [],
      table: null,
      path: `/andon/cords/${cord.id}`,
    },
  }
}
