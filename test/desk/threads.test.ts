import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
let browser: Browser
beforeAll(async () => {
  desk = await openDesk()
})
beforeEach(async () => {
  browser = new Browser(desk.origin)
  await browser.signIn('agent')
})
afterAll(() => desk.close())

let numbers = 5_000_000

/** A post beside a case's own. */
async function addPost(given: {
  by: string
  text: string
  at?: string
  conversation?: string
  answers?: string
  quotes?: string
  own?: boolean
  caseId?: number
  media?: string
}) {
  const externalId = String(++numbers)
  await desk.store
    .insertInto('authors')
    .values({ network: 'x', external_id: given.by, username: given.by.replace(/\W/g, '_') })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { id } = await desk.store
    .insertInto('posts')
    .values({
      network: 'x',
      external_id: externalId,
      source_id: 'x:mentions',
      author_id: given.by,
      text: given.text,
      created_at: new Date(given.at ?? '2026-11-20T09:00:00Z'),
      conversation_id: given.conversation ?? null,
      reply_to_id: given.answers ?? null,
      quoted_id: given.quotes ?? null,
      summoned: false,
      own: given.own ?? false,
      media: given.media ?? '[]',
      context: '{}',
      state: 'triaged',
      case_id: given.caseId ?? null,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return { id, externalId }
}

/** The only post of a case, changed. */
async function changePost(postId: number, change: Record<string, unknown>) {
  await desk.store.updateTable('posts').set(change).where('id', '=', postId).execute()
  const post = await desk.store
    .selectFrom('posts')
    .selectAll()
    .where('id', '=', postId)
    .executeTakeFirstOrThrow()
  return post
}

/** The texts of the page's posts, in order. */
function textsOf(page: string): string[] {
  return [...page.matchAll(/<p class="words"[^>]*>([\s\S]*?)<\/p>/g)].map((match) => (match[1] ?? '').trim())
}

describe('a case shows the thread that its post stands in', () => {
  test('what it answers above, our reply and the author’s further posts below, by time', async () => {
    const { caseId, postId } = await addCase(desk.store, { text: 'Mine never came either.' })
    const top = await addPost({
      by: 'shop',
      text: 'We ship within a day.',
      at: '2026-11-20T08:00:00Z',
      own: true,
      conversation: 'c1',
    })
    const other = await addPost({
      by: 'neighbour',
      text: 'It took a week.',
      at: '2026-11-20T08:10:00Z',
      conversation: 'c1',
      answers: top.externalId,
    })
    const mine = await changePost(postId, {
      created_at: new Date('2026-11-20T08:20:00Z'),
      conversation_id: 'c1',
      reply_to_id: other.externalId,
    })
    const ours = await addPost({
      by: 'shop',
      text: 'We are sorry. Which order?',
      at: '2026-11-20T08:30:00Z',
      own: true,
      conversation: 'c1',
      answers: mine.external_id,
    })
    await addPost({
      by: mine.author_id,
      text: 'Order 77.',
      at: '2026-11-20T08:40:00Z',
      conversation: 'c1',
      answers: ours.externalId,
    })
    await addPost({
      by: 'neighbour',
      text: 'Nothing that this case answers.',
      at: '2026-11-20T08:50:00Z',
      conversation: 'c1',
    })
    await browser.get(`/cases/${caseId}`)
    expect(textsOf(browser.page)).toEqual([
      'We ship within a day.',
      'It took a week.',
      'Mine never came either.',
      'We are sorry. Which order?',
      'Order 77.',
    ])
    expect(browser.page).not.toContain('not known to us')
  })

  test('with a reply that is on its way, once, also after it was heard as a post', async () => {
    const { caseId, postId, draftId } = await addCase(desk.store, { text: 'Where is it?' })
    const mine = await changePost(postId, {
      conversation_id: 'c2',
      created_at: new Date('2026-11-20T08:20:00Z'),
    })
    await desk.store
      .insertInto('replies')
      .values({
        key: `k${draftId}`,
        draft_id: draftId,
        case_id: caseId,
        network: 'x',
        in_reply_to: mine.external_id,
        text: 'It is on its way.',
        state: 'sending',
      })
      .execute()
    await browser.get(`/cases/${caseId}`)
    expect(textsOf(browser.page)).toEqual(['Where is it?', 'It is on its way.'])
    const heard = await addPost({
      by: 'shop',
      text: 'It is on its way.',
      own: true,
      conversation: 'c2',
      answers: mine.external_id,
    })
    await desk.store
      .updateTable('replies')
      .set({ state: 'sent', external_id: heard.externalId, sent_at: new Date() })
      .where('draft_id', '=', draftId)
      .execute()
    await browser.get(`/cases/${caseId}`)
    expect(textsOf(browser.page)).toEqual(['Where is it?', 'It is on its way.'])
  })

  test('and says so where the post that it answers, or quotes, is not known', async () => {
    const { caseId, postId } = await addCase(desk.store)
    await changePost(postId, { reply_to_id: '4000001', quoted_id: '4000002' })
    await browser.get(`/cases/${caseId}`)
    expect(browser.page).toContain('The post that this answers is not known to us.')
    expect(browser.page).toContain('The post that this quotes is not known to us.')
    expect(browser.page).toContain('https://x.com/i/status/4000001')
    await changePost(postId, {
      context: JSON.stringify({
        repliesTo: { id: '4000001', text: 'Told by the network', author: 'someone' },
      }),
    })
    await browser.get(`/cases/${caseId}`)
    expect(browser.page).toContain('Told by the network')
    expect(browser.page).not.toContain('The post that this answers is not known to us.')
  })

  test('with the stored post that it quotes, and that one’s pictures', async () => {
    const { caseId, postId } = await addCase(desk.store)
    const media = JSON.stringify([
      { kind: 'photo', url: 'https://pbs.twimg.com/media/a.png', alt: 'A bent book' },
    ])
    const quoted = await addPost({ by: 'reader', text: 'Look at this book.', media })
    await changePost(postId, { quoted_id: quoted.externalId })
    await browser.get(`/cases/${caseId}`)
    expect(browser.page).toContain('Look at this book.')
    expect(browser.page).toContain(`src="/media/${quoted.id}/0" alt="A bent book"`)
  })

  test('without the author’s older versions, and with a way to their other cases', async () => {
    const { caseId, postId } = await addCase(desk.store, { text: 'Third' })
    const mine = await changePost(postId, { conversation_id: 'c5' })
    const other = await addCase(desk.store)
    const first = await addPost({
      by: mine.author_id,
      text: 'First',
      conversation: 'c5',
      caseId: other.caseId,
    })
    await changePost((await addPost({ by: mine.author_id, text: 'Typo', conversation: 'c5' })).id, {
      superseded_by: first.externalId,
    })
    await browser.get(`/cases/${caseId}`)
    expect(textsOf(browser.page)).toEqual(['First', 'Third'])
    expect(browser.page).toContain(`href="/cases/${other.caseId}">in another case`)
  })
})
