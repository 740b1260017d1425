import { z } from 'zod'
import { findErasure, listErasures } from '../store/erasures.ts'
import { listUsers } from '../store/users.ts'
import { findPerson, forgetPerson, openPseudonyms, readPersonName } from '../voice/index.ts'
import { type Desk, sendPage } from './desk.ts'
import { translateOr } from './i18n.ts'
import { goTo, ProblemError, type Route, readForm, readId, signedIn, type Visit } from './visit.ts'

const RECORDS = 50
const whoForm = z.object({ who: z.string().max(500) })
const eraseForm = z.object({ who: z.string().max(500), again: z.string().max(500) })

/** Erasing one person everywhere: look first, then write their name once more; what was done stays on record. */
export function forgettingRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/forgetting',
      allow: 'forget',
      handle: (visit) => show(visit, { who: '' }),
    },
    {
      method: 'post',
      path: '/forgetting/find',
      allow: 'forget',
      async handle(visit) {
        const { who } = readForm(visit, whoForm)
        await look(visit, who)
      },
    },
    {
      method: 'post',
      path: '/forgetting/erase',
      allow: 'forget',
      async handle(visit) {
        const { who, again } = readForm(visit, eraseForm)
        const name = readPersonName(who)
        if (!name) throw new ProblemError(400, 'badForm')
        if (again.trim() !== who.trim()) return look(visit, who, 'notTheSame')
        const result = await forgetPerson(desk.store, await keys(), name, `user:${signedIn(visit).id}`)
        if (result.outcome === 'erased') return goTo(visit, `/forgetting/${result.erasure.id}`, 'erased')
        await look(visit, who)
      },
    },
    {
      method: 'get',
      path: '/forgetting/:id',
      allow: 'forget',
      async handle(visit) {
        const record = await findErasure(desk.store, readId(visit))
        if (!record) throw new ProblemError(404)
        const { counts, exports, ...rest } = record
        await sendPage(desk, visit, 'erasure', {
          record: {
            ...rest,
            by: await nameOf(visit, record.by),
            rows: rowsOf(visit, counts),
            exports: await withNames(visit, exports),
          },
        })
      },
    },
  ]

  function keys() {
    const { secretKey = null, previousSecretKey = null } = desk.config
    return openPseudonyms(desk.store, { secretKey, previousSecretKey })
  }

  async function look(visit: Visit, who: string, fault: string | null = null) {
    const name = readPersonName(who)
    if (!name) return show(visit, { who, fault: 'noName' })
    const found = await findPerson(desk.store, await keys(), name)
    if (!found) return show(visit, { who, fault: 'nobody' })
    await show(visit, {
      who: who.trim(),
      fault,
      found: {
        ...found,
        rows: rowsOf(visit, found.rows),
        exports: await withNames(visit, found.exports),
        inFlight: found.inFlight.map((each) => ({
          ...each,
          kind: translateOr(visit.language, 'inFlight', each.kind),
          href: each.kind === 'reply' ? `/cases/${each.id}` : '/refunds',
        })),
      },
    })
  }

  async function show(visit: Visit, page: { who: string; fault?: string | null; found?: unknown }) {
    const records = await listErasures(desk.store, RECORDS)
    await sendPage(desk, visit, 'forgetting', {
      ...page,
      records: await Promise.all(
        records.map(async ({ counts, ...record }) => ({
          ...record,
          by: await nameOf(visit, record.by),
          rows: Object.values(counts).reduce((sum, count) => sum + count, 0),
        })),
      ),
    })
  }

  async function nameOf(visit: Visit, actor: string): Promise<string> {
    const users = await listUsers(desk.store)
    const user = users.find(({ id }) => actor === `user:${id}`)
    return user?.name ?? translateOr(visit.language, 'auditActor', actor)
  }

  function withNames<T extends { by?: unknown }>(visit: Visit, exports: readonly T[]) {
    return Promise.all(
      exports.map(async (each) => ({ ...each, byName: await nameOf(visit, String(each.by)) })),
    )
  }

  function rowsOf(visit: Visit, rows: Readonly<Record<string, number>>) {
    return Object.entries(rows).map(([table, count]) => ({
      table,
      name: translateOr(visit.language, 'forgottenTable', table),
      count,
    }))
  }
}
