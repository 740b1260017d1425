import { expect, it } from 'vitest'
import { answersTo, prepare, publish, publishUntilSettled, quickRig } from './support.ts'

it('what the same person wrote meanwhile is read before they are answered: it may say stop', async () => {
  const r = await quickRig()
  const { draftId, externalId, postId } = await prepare(r, { author: 'mika' })
  const { id: _, ...heard } = await r.store
    .selectFrom('posts')
    .selectAll()
    .where('id', '=', postId)
    .executeTakeFirstOrThrow()
  const stop = { ...heard, external_id: `${externalId}9`, text: 'stop', state: 'new', case_id: null } as const
  await r.store
    .insertInto('posts')
    .values({ ...stop, media: '[]', context: '{}' })
    .execute()
  expect(await publish(r, draftId)).toMatchObject({ outcome: 'later', delayMs: 1000 })
  expect(answersTo(r.box, externalId)).toEqual([])

  await r.store
    .updateTable('posts')
    .set({ state: 'ignored' })
    .where('external_id', '=', stop.external_id)
    .execute()
  await r.store.updateTable('authors').set({ opted_out_at: new Date() }).execute()
  expect(await publish(r, draftId)).toMatchObject({ outcome: 'returned' })
  expect(answersTo(r.box, externalId)).toEqual([])
})

it('a post that can not be read holds nobody up for long', async () => {
  const r = await quickRig()
  const { draftId, externalId, postId } = await prepare(r, { author: 'mika' })
  const { id: _, ...heard } = await r.store
    .selectFrom('posts')
    .selectAll()
    .where('id', '=', postId)
    .executeTakeFirstOrThrow()
  const received_at = new Date(Date.now() - 11 * 60_000)
  await r.store
    .insertInto('posts')
    .values({
      ...heard,
      external_id: `${externalId}9`,
      state: 'new',
      received_at,
      media: '[]',
      context: '{}',
    })
    .execute()
  expect((await publishUntilSettled(r, draftId)).outcome).toBe('sent')
})

it('our own timeline is read on from where the last reading ended', async () => {
  const r = await quickRig({ readbackMs: 60_000 })
  for (let n = 0; n < 4; n++) {
    const { draftId } = await prepare(r, { author: `author${n}`, answer: `We are sorry, ${n}.` })
    expect(await publish(r, draftId)).toMatchObject({ outcome: 'sent' })
    await new Promise((wake) => setTimeout(wake, 2_100))
  }
  const starts = r.box.x.control
    .requests()
    .filter(({ endpoint }) => endpoint === 'user_posts')
    .map(({ path }) => Date.parse(new URL(path, 'https://x').searchParams.get('start_time') as string))
  // The first begins where a reply could stand at the earliest; from the second post of ours on it goes on.
  expect(starts).toHaveLength(4)
  expect((starts[3] as number) - (starts[2] as number)).toBeGreaterThan(1000)
  expect(Date.now() - (starts[3] as number)).toBeLessThan(15_000)
})
