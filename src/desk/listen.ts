import { z } from 'zod'
import {
  findVoice,
  type Listened,
  languagesHeard,
  listReadings,
  markHeard,
  nextVoice,
  thoughtOn,
} from '../store/listening-in.ts'
import { leaveThought } from '../store/readings.ts'
import { ABUSE, anonymise } from '../triage/index.ts'
import { codeName, type Desk, sendPage } from './desk.ts'
import { languageName } from './language-names.ts'
import { may } from './roles.ts'
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

/** Seconds that a voice stays on a wall. */
const WALL_SECONDS = [10, 20, 30, 60]
const thoughtForm = z.object({ text: z.string().trim().min(1).max(1000) })

/** Listening in: raw voices, one at a time, to read or to have shown on a wall. */
export function listenRoutes(desk: Desk): Route[] {
  const { store } = desk
  return [
    {
      method: 'get',
      path: '/listen',
      allow: 'read',
      async handle(visit) {
        const asked = await askedFor(desk, visit)
        const first = await nextVoice(store, asked.listened, null)
        if (first !== null) return goTo(visit, `/listen/${first}${asked.query}`)
        await sendPage(desk, visit, 'listen', { ...(await frame(desk, visit, asked)), voice: null })
      },
    },
    {
      method: 'get',
      path: '/listen/:id',
      allow: 'read',
      async handle(visit) {
        const postId = readId(visit)
        const { id: userId, role } = signedIn(visit)
        const asked = await askedFor(desk, visit)
        const voice = await findVoice(store, postId, asked.listened)
        if (!voice) {
          // Deleted in the meantime, or of a code that nobody reads by accident: a wall goes on with the others.
          const other = await nextVoice(store, asked.listened, null)
          if (other === null) throw new ProblemError(404)
          return goTo(visit, `/listen/${other}${asked.query}`)
        }
        if (asked.wall === null) await markHeard(store, userId, postId)
        const [older, newer, thought] = await Promise.all([
          nextVoice(store, asked.listened, postId),
          nextVoice(store, { ...asked.listened, unreadBy: null }, postId, 'newer'),
          thoughtOn(store, userId, postId),
        ])
        // A wall begins again; a reading takes what was left out above.
        const next =
          older ??
          (asked.wall !== null || asked.reading ? await nextVoice(store, asked.listened, null) : null)
        await sendPage(desk, visit, 'listen', {
          ...(await frame(desk, visit, asked)),
          voice: {
            ...voice,
            // Whoever passes by a wall was let into the room, not into somebody's telephone number.
            text: asked.wall === null ? voice.text : anonymise(voice.text, { names: voice.names }),
            code: codeName(desk, visit, voice.code),
            lang: voice.language.split('-')[0],
          },
          thought,
          next: next === null || next === postId ? null : `/listen/${next}${asked.query}`,
          previous: newer === null ? null : `/listen/${newer}${asked.query}`,
          answerable: voice.caseId !== null && may(role, 'edit'),
        })
      },
    },
    {
      method: 'post',
      path: '/listen/:id/thought',
      allow: 'read',
      async handle(visit) {
        const postId = readId(visit)
        const { text } = readForm(visit, thoughtForm)
        const asked = await askedFor(desk, visit)
        const voice = await findVoice(store, postId, { ...asked.listened, codes: [], language: '' })
        if (!voice) throw new ProblemError(404)
        await leaveThought(store, { userId: signedIn(visit).id, postId, code: voice.code, text })
        goTo(visit, `/listen/${postId}${asked.query}`, 'thoughtLeft')
      },
    },
  ]
}

interface Asked {
  listened: Listened
  code: string
  language: string
  wall: number | null
  reading: { id: number; count: number; read: number; until: string } | null
  /** What goes along to the next voice. */
  query: string
}

async function askedFor(desk: Desk, visit: Visit): Promise<Asked> {
  const { query } = visit.request
  const { id } = signedIn(visit)
  const code = desk.taxonomy.codes.find((each) => each.code === query.code && each.code !== ABUSE)?.code ?? ''
  const language = /^[a-z]{2,3}$/.test(String(query.language ?? '')) ? String(query.language) : ''
  const seconds = readNumber(query.wall)
  const wall = WALL_SECONDS.find((each) => each === seconds) ?? null
  const readingId = readNumber(query.reading)
  const reading =
    readingId === null
      ? undefined
      : (await listReadings(desk.store, id)).find((each) => each.id === readingId && !each.endedAt)
  const passed = new URLSearchParams()
  if (code) passed.set('code', code)
  if (language) passed.set('language', language)
  if (wall !== null) passed.set('wall', String(wall))
  if (reading) passed.set('reading', String(reading.id))
  return {
    listened: {
      codes: reading ? reading.codes : code ? [code] : [],
      language,
      abuse: ABUSE,
      unreadBy: reading ? id : null,
    },
    code,
    language,
    wall,
    reading: reading ?? null,
    query: passed.size === 0 ? '' : `?${passed}`,
  }
}

async function frame(desk: Desk, visit: Visit, asked: Asked) {
  const { reading } = asked
  // Read anew: what is on the page counts.
  const now =
    reading && (await listReadings(desk.store, signedIn(visit).id)).find(({ id }) => id === reading.id)
  const heard = await languagesHeard(desk.store)
  return {
    code: asked.code,
    language: asked.language,
    wall: asked.wall,
    wallSeconds: WALL_SECONDS,
    reading: now ?? null,
    still: pathWithoutWall(visit, asked),
    codes: desk.taxonomy.codes
      .filter(({ code }) => code !== 'none' && code !== ABUSE)
      .map(({ code }) => ({ code, name: codeName(desk, visit, code) })),
    languages: heard.map((code) => ({ code, name: languageName(visit.language, code) })),
    thought: null,
    next: null,
    previous: null,
    answerable: false,
  }
}

function pathWithoutWall({ request }: Visit, { query }: Asked): string {
  const passed = new URLSearchParams(query)
  passed.delete('wall')
  return passed.size === 0 ? request.path : `${request.path}?${passed}`
}
