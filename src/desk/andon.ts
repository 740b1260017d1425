import { z } from 'zod'
import { messagesOfCords, tellShopAgain } from '../store/cord-messages.ts'
import { findCord, historyOfThing, openCords, pastCords } from '../store/cords.ts'
import { CORD_KINDS, type CordKind } from '../store/schema.ts'
import {
  findSignal,
  looksAt,
  noteLook,
  openSignals,
  settledSignals,
  settleSignal,
  voicesOfSignal,
} from '../store/signals.ts'
import { countConcerned } from '../store/stopped-cases.ts'
import { pullCord, resumeCord } from '../voice/index.ts'
import { codeName, type Desk, sendPage } from './desk.ts'
import { formatNumber } from './format.ts'
import { thingTitle } from './thing-title.ts'
import { toldShop } from './told-shop.ts'
import {
  goTo,
  ProblemError,
  type Route,
  readForm,
  readId,
  readNumber,
  signedIn,
  type Visit,
} from './visit.ts'

const LISTED = 50
const VOICES = 40
const words = z.string().trim().min(1).max(1000)
const pullForm = z.object({
  kind: z.enum(CORD_KINDS),
  name: z.string().trim().min(1).max(200),
  reason: words,
  signal: z.string().optional(),
})
const resumeForm = z.object({ cause: words, fix: words, vouched: z.string().trim().min(1).max(100) })
const noteForm = z.object({ note: words })

/** The board: what is stopped, what happens more often than usual; pulling the cord and letting it go. */
export function andonRoutes(desk: Desk): Route[] {
  const { store } = desk
  return [
    {
      method: 'get',
      path: '/andon',
      allow: 'read',
      async handle(visit) {
        const [cords, signals, past, settled] = await Promise.all([
          openCords(store),
          openSignals(store, LISTED),
          pastCords(store, LISTED),
          settledSignals(store, LISTED),
        ])
        const messages = await messagesOfCords(
          store,
          cords.map(({ id }) => id),
        )
        await sendPage(desk, visit, 'andon', {
          cords: cords.map((cord) => ({
            ...cord,
            title: thingTitle(desk, visit, cord),
            message: toldShop(messages.findLast((each) => each.cord_id === cord.id)),
          })),
          signals: signals.map((signal) => showSignal(desk, visit, signal)),
          past: past.map((cord) => ({ ...cord, title: thingTitle(desk, visit, cord) })),
          settled: settled.map((signal) => showSignal(desk, visit, signal)),
          catalogue: catalogueFor(desk, visit),
          shop: desk.andon?.shop ?? null,
          pull: { kind: 'product', name: '', signal: null },
        })
      },
    },
    {
      method: 'get',
      path: '/andon/signals/:id',
      allow: 'read',
      async handle(visit) {
        const signal = await findSignal(store, readId(visit))
        if (!signal) throw new ProblemError(404)
        await noteLook(store, signal.id, signedIn(visit).id)
        const [behind, looks] = await Promise.all([
          voicesOfSignal(store, signal.id, VOICES),
          looksAt(store, signal.id),
        ])
        await sendPage(desk, visit, 'andon-signal', {
          signal: { ...showSignal(desk, visit, signal), settledName: signal.settledName },
          people: behind.people,
          contacts: behind.contacts,
          voices: behind.voices.map((voice) => ({ ...voice, about: codeName(desk, visit, voice.code) })),
          looks,
          catalogue: catalogueFor(desk, visit),
          shop: desk.andon?.shop ?? null,
          pull: { kind: signal.kind, name: signal.name, signal: signal.id },
        })
      },
    },
    {
      method: 'post',
      path: '/andon/signals/:id/dismiss',
      allow: 'cord',
      handle: (visit) => settle(desk, visit, 'dismissed'),
    },
    {
      method: 'post',
      path: '/andon/signals/:id/act',
      allow: 'cord',
      handle: (visit) => settle(desk, visit, 'acted'),
    },
    {
      method: 'post',
      path: '/andon/pull',
      allow: 'cord',
      async handle(visit) {
        const { kind, name, reason, signal } = readForm(visit, pullForm)
        const actor = `user:${signedIn(visit).id}`
        const signalId = readNumber(signal)
        if (signalId !== null && !(await findSignal(store, signalId))) throw new ProblemError(404)
        const cord = { kind, name: readThing(desk, kind, name), reason, actor, signalId }
        const { id, pulled, caseIds } = await pullCord(store, cord, thingsOf(desk))
        await desk.queues.enqueue('draft', caseIds)
        goTo(visit, `/andon/cords/${id}`, pulled ? 'cordPulled' : 'cordPulledAlready')
      },
    },
    {
      method: 'get',
      path: '/andon/cords/:id',
      allow: 'read',
      async handle(visit) {
        const cord = await findCord(store, readId(visit))
        if (!cord) throw new ProblemError(404)
        const [messages, history, concerned] = await Promise.all([
          messagesOfCords(store, [cord.id]),
          historyOfThing(store, cord, LISTED),
          countConcerned(store, cord.id),
        ])
        await sendPage(desk, visit, 'andon-cord', {
          cord: { ...cord, title: thingTitle(desk, visit, cord) },
          messages: messages.map(toldShop),
          earlier: history.filter(({ id }) => id !== cord.id),
          concerned,
          shop: desk.andon?.shop ?? null,
          isKnown: cord.kind === 'code' || thingsOf(desk).nameOf(cord.name) !== null,
        })
      },
    },
    {
      method: 'post',
      path: '/andon/cords/:id/resume',
      allow: 'resume',
      async handle(visit) {
        const id = readId(visit)
        const { cause, fix, vouched } = readForm(visit, resumeForm)
        if (!(await findCord(store, id))) throw new ProblemError(404)
        const end = { id, cause, fix, vouchedBy: vouched, actor: `user:${signedIn(visit).id}` }
        const resumed = await resumeCord(store, end, thingsOf(desk))
        await desk.queues.enqueue('draft', resumed?.caseIds ?? [])
        goTo(visit, `/andon/cords/${id}`, resumed ? 'cordResumed' : 'cordResumedAlready')
      },
    },
    {
      method: 'post',
      path: '/andon/cords/:id/messages/:message/again',
      allow: 'cord',
      async handle(visit) {
        const cord = await findCord(store, readId(visit))
        if (!cord) throw new ProblemError(404)
        const message = readId(visit, 'message')
        const [mine] = (await messagesOfCords(store, [cord.id])).filter(({ id }) => id === message)
        if (!mine) throw new ProblemError(404)
        const again = await tellShopAgain(store, mine.id, `user:${signedIn(visit).id}`)
        goTo(visit, `/andon/cords/${cord.id}`, again ? 'shopToldAgain' : 'shopNothingToTell')
      },
    },
  ]
}

async function settle(desk: Desk, visit: Visit, state: 'dismissed' | 'acted'): Promise<void> {
  const id = readId(visit)
  const { note } = readForm(visit, noteForm)
  if (!(await findSignal(desk.store, id))) throw new ProblemError(404)
  const actor = `user:${signedIn(visit).id}`
  const settled = await desk.store
    .transaction()
    .execute((trx) => settleSignal(trx, { id, state, note, actor }))
  const notice = state === 'dismissed' ? 'signalDismissed' : 'signalActed'
  goTo(visit, `/andon/signals/${id}`, settled ? notice : 'signalSettledAlready')
}

/**
 * What somebody typed or chose, as the shop calls it. Codes must be of the taxonomy; what the catalogue does not know
 * may be a SKU all the same.
 * @throws ProblemError 400
 */
function readThing(desk: Desk, kind: CordKind, typed: string): string {
  const isIt = (known: string) => known.toLowerCase() === typed.toLowerCase()
  if (kind === 'code') {
    const found = desk.taxonomy.codes.find(({ code, name }) => isIt(code) || isIt(name.en) || isIt(name.ja))
    if (!found) throw new ProblemError(400, 'noSuchCode')
    return found.code
  }
  const { products = [], titles = [] } = desk.andon?.catalogue ?? {}
  const found = (kind === 'title' ? titles : products).find(
    ({ id, name }) => isIt(id) || isIt(name.en) || isIt(name.ja),
  )
  return found?.id ?? typed
}

function thingsOf(desk: Desk) {
  return (
    desk.andon?.things ?? {
      isTitle: () => false,
      nameOf: () => null,
      nameOfCode: (code: string) =>
        desk.taxonomy.codes.find((known) => known.code === code)?.name ?? { en: code, ja: code },
    }
  )
}

/** What the field suggests; whoever types a name finds its id. */
function catalogueFor(desk: Desk, visit: Visit) {
  const { products = [], titles = [] } = desk.andon?.catalogue ?? {}
  const { language } = visit
  return [
    ...[...products, ...titles].map(({ id, name }) => ({ id, name: name[language] })),
    ...desk.taxonomy.codes.map(({ code, name }) => ({ id: code, name: name[language] })),
  ]
}

type Shown = Awaited<ReturnType<typeof findSignal>> & object
function showSignal<Signal extends Pick<Shown, 'kind' | 'name' | 'code' | 'expected'>>(
  desk: Desk,
  visit: Visit,
  signal: Signal,
) {
  return {
    ...signal,
    title: thingTitle(desk, visit, signal),
    about: signal.code === null || signal.kind === 'code' ? null : codeName(desk, visit, signal.code),
    usual: formatNumber(visit.language, Math.round(signal.expected * 10) / 10),
  }
}
