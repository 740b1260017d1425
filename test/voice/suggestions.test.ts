import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  finishSuggestion,
  listSuggestions,
  mergeSuggestions,
  nameSuggestion,
  takeVoiceOut,
  voicesOfSuggestions,
} from '../../src/store/suggestions.ts'
import { groupSuggestions, mostTypical } from '../../src/voice/index.ts'
import { createTestStore } from '../support/store.ts'
import { addPost, keepAll } from './contacts-at-test.ts'

const ASKS = [
  'Please make the notes field longer',
  'The notes field is too short',
  'Notes field cuts off my text',
]
let db: Awaited<ReturnType<typeof createTestStore>>
beforeAll(async () => {
  db = await createTestStore()
  const wish = { code: 'feedback.suggestion', severity: 0, sentiment: 'neutral' }
  for (let n = 0; n < 40; n++)
    await addPost(db.store, {
      ...wish,
      text: ASKS[n % 3] as string,
      at: new Date(Date.UTC(2026, 10, 2, 9, n)),
    })
  for (let n = 0; n < 4; n++)
    await addPost(db.store, { ...wish, text: '備考欄をもっと長くしてほしい', language: 'ja' })
  await addPost(db.store, { ...wish, text: 'Dark mode for the app at night' })
  await addPost(db.store, { text: 'The notes field came crushed in its box' })
  await keepAll(db.store)
  while (await groupSuggestions(db.store, 7));
})
afterAll(() => db.close())

const many = (of: { language?: string } = {}) => listSuggestions(db.store, { view: 'many', ...of }, 50)
const act = <T>(
  work: (trx: Parameters<Parameters<ReturnType<typeof db.store.transaction>['execute']>[0]>[0]) => Promise<T>,
) => db.store.transaction().execute(work)
async function notesField() {
  const [first] = await many({ language: 'en' })
  if (!first) throw new Error('no cluster')
  return first
}

test('forty people asking for a longer notes field are one line with forty voices, in whatever batches they come', async () => {
  expect((await many()).map(({ voices, people, language }) => [voices, people, language])).toEqual([
    [40, 40, 'en'],
    [4, 4, 'ja'],
  ])
  expect((await listSuggestions(db.store, { view: 'once' }, 50)).map(({ voices }) => voices)).toEqual([1])
  const voices = await voicesOfSuggestions(db.store, [(await notesField()).id], 40)
  expect(ASKS).toContain(mostTypical(voices, 1)[0]?.text)
})

test('a voice that was taken out stays out, also when others come that say the same', async () => {
  const { id } = await notesField()
  const [voice] = await voicesOfSuggestions(db.store, [id], 1)
  const own = await act((trx) => takeVoiceOut(trx, { id, voiceId: voice?.id ?? 0, actor: 'user:1' }))
  expect(own).not.toBeNull()
  for (let n = 0; n < 20; n++)
    await addPost(db.store, { code: 'feedback.suggestion', text: ASKS[n % 3] as string })
  await keepAll(db.store)
  await groupSuggestions(db.store)
  const all = [
    ...(await many({ language: 'en' })),
    ...(await listSuggestions(db.store, { view: 'once' }, 50)),
  ]
  expect(all.find((each) => each.id === own)?.id).toBe(own)
  expect(all.find((each) => each.id === id)?.id).toBe(id)
  expect(await act((trx) => mergeSuggestions(trx, own ?? 0, id, 'user:1'))).toBe(true)
  expect((await notesField()).voices).toBe(60)
})

test('clusters of two languages that people put together both go on growing', async () => {
  const { id } = await notesField()
  const [japanese] = await many({ language: 'ja' })
  await act((trx) => nameSuggestion(trx, id, 'Longer notes field', 'user:1'))
  await act((trx) => mergeSuggestions(trx, japanese?.id ?? 0, id, 'user:1'))
  await addPost(db.store, {
    code: 'feedback.suggestion',
    text: '備考欄をもう少し長くしてください',
    language: 'ja',
  })
  await keepAll(db.store)
  await groupSuggestions(db.store)
  expect(await notesField()).toMatchObject({ id, name: 'Longer notes field', voices: 65 })
  expect(await many({ language: 'ja' })).toEqual([])
})

test('what is done leaves the list with what was done, and says how many asked since', async () => {
  const { id } = await notesField()
  const userId = (
    await db.store
      .insertInto('users')
      .values({ name: 'Aiko', login: 'aiko', password_hash: 'x', role: 'agent' })
      .returning('id')
      .executeTakeFirstOrThrow()
  ).id
  expect(await act((trx) => finishSuggestion(trx, { id, done: '400 characters', userId }))).toBe(true)
  expect(await act((trx) => finishSuggestion(trx, { id, done: 'again', userId }))).toBe(false)
  await addPost(db.store, {
    code: 'feedback.suggestion',
    text: ASKS[0] as string,
    at: new Date(Date.now() + 60_000),
  })
  await keepAll(db.store)
  await groupSuggestions(db.store)
  expect((await many()).map((each) => each.id)).not.toContain(id)
  const [done] = await listSuggestions(db.store, { view: 'done' }, 50)
  expect(done).toMatchObject({ id, done: '400 characters', doneBy: 'Aiko', voices: 66, since: 1 })
})

test('a voice whose words are erased, or that is coded anew, leaves its cluster at once', async () => {
  const [{ id, voices } = { id: 0, voices: 0 }] = await listSuggestions(db.store, { view: 'done' }, 50)
  const [erased, recoded] = await voicesOfSuggestions(db.store, [id], 2)
  await sql`update contacts set text = null, person = null where id = ${erased?.id}`.execute(db.store)
  await sql`update contacts set code = 'delivery.late' where id = ${recoded?.id}`.execute(db.store)
  await groupSuggestions(db.store)
  expect((await listSuggestions(db.store, { id }, 1))[0]?.voices).toBe(voices - 2)
  const { rows } =
    await sql`select from suggestion_voices where contact_id in (${erased?.id}, ${recoded?.id})`.execute(
      db.store,
    )
  expect(rows).toEqual([])
})
