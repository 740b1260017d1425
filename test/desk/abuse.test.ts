import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { correctCode, LEAD_ROLES, triagePosts } from '../../src/cases/index.ts'
import { rolesThatMay } from '../../src/desk/roles.ts'
import { insertPosts, type NewPost } from '../../src/store/posts.ts'
import { triage } from '../triage/triage.ts'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'

const INSULT = 'You brainless pigs, I know where your staff live and I will find her'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
})
beforeEach(() => desk.store.deleteFrom('abuse_showings').execute())
afterAll(() => desk.close())

async function signedIn(login: string): Promise<Browser> {
  const browser = new Browser(desk.origin)
  await browser.signIn(login)
  return browser
}

async function idOf(login: string): Promise<number> {
  const row = await desk.store
    .selectFrom('users')
    .select('id')
    .where('login', '=', login)
    .executeTakeFirstOrThrow()
  return row.id
}

async function addAbuse(text = 'Words that nobody should have to read.') {
  const added = await addCase(desk.store, { text, state: 'none', draft: null })
  await desk.store
    .updateTable('cases')
    .set({ code: 'conduct.abuse', codes: ['conduct.abuse'] })
    .where('id', '=', added.caseId)
    .execute()
  return added
}

function showings() {
  return desk.store.selectFrom('abuse_showings').selectAll().orderBy('id').execute()
}

let posts = 0
async function hear(author: string, text: string) {
  const n = ++posts
  const post: NewPost = {
    externalId: `abuse-${n}`,
    author: { id: author, username: author, name: null, followers: null },
    text,
    createdAt: new Date(Date.now() + n),
    conversationId: `talk-${author}`,
    replyToId: null,
    quotedId: null,
    repostOfId: null,
    editOfId: null,
    summoned: true,
    own: false,
    media: [],
    context: {},
  }
  const [stored] = await insertPosts(desk.store, 'x', 'x:mentions', [post])
  const [touched] = await triagePosts(desk.store, triage, [stored?.id ?? 0])
  return desk.store
    .selectFrom('cases')
    .selectAll()
    .where('id', '=', touched?.id ?? 0)
    .executeTakeFirstOrThrow()
}

describe('a post that may be abuse', () => {
  test('is not in the page, the inbox or the author’s history until somebody opens it, and its opening is counted', async () => {
    const { caseId, postId } = await addAbuse()
    const browser = await signedIn('agent')
    await browser.get(`/cases/${caseId}`)
    expect(browser.page).not.toContain('Words that nobody')
    expect(await showings()).toEqual([])
    const answer = await browser.post(`/cases/${caseId}/abuse/show`)
    expect(answer.headers.get('location')).toBe(`/cases/${caseId}#said-title`)
    await browser.get(`/cases/${caseId}`)
    expect(browser.page).toContain('Words that nobody')
    expect(await showings()).toMatchObject([
      { user_id: await idOf('agent'), case_id: caseId, post_id: postId },
    ])
    const { author_id: author } = await desk.store
      .selectFrom('posts')
      .select('author_id')
      .where('id', '=', postId)
      .executeTakeFirstOrThrow()
    for (const path of ['/?view=all', `/authors/x:${author}`]) {
      await browser.get(path)
      expect(browser.page).toContain('Hidden, because it may be abusive')
      expect(browser.page).not.toContain('Words that nobody')
    }
    const other = await signedIn('approver')
    await other.get(`/cases/${caseId}`)
    expect(other.page).not.toContain('Words that nobody')
  })

  test('is counted once while it stands open, and hidden and counted anew after half an hour', async () => {
    const { caseId } = await addAbuse()
    const browser = await signedIn('agent')
    await browser.get(`/cases/${caseId}`)
    await Promise.all([
      browser.post(`/cases/${caseId}/abuse/show`),
      browser.post(`/cases/${caseId}/abuse/show`),
    ])
    expect(await showings()).toHaveLength(1)
    await desk.store
      .updateTable('abuse_showings')
      .set({ at: new Date(Date.now() - 31 * 60_000) })
      .execute()
    await browser.get(`/cases/${caseId}`)
    expect(browser.page).not.toContain('Words that nobody')
    await browser.post(`/cases/${caseId}/abuse/show`)
    expect(await showings()).toHaveLength(2)
  })

  test('does not hide the other posts of a case that is about something else, too', async () => {
    const { caseId, postId } = await addCase(desk.store, { text: 'Where is my parcel?' })
    const post = await desk.store
      .selectFrom('posts')
      .selectAll()
      .where('id', '=', postId)
      .executeTakeFirstOrThrow()
    const { id: _, ...same } = post
    const { id } = await desk.store
      .insertInto('posts')
      .values({
        ...same,
        external_id: 'insult-1',
        text: 'An insult.',
        media: '[]',
        context: '{}',
        created_at: new Date(),
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    const triaged = await desk.store
      .selectFrom('triages')
      .selectAll()
      .where('post_id', '=', postId)
      .executeTakeFirstOrThrow()
    await desk.store
      .insertInto('triages')
      .values({
        ...triaged,
        post_id: id,
        codes: ['conduct.abuse'],
        code: 'conduct.abuse',
        reasons: '[]',
        entities: '[]',
      })
      .execute()
    await desk.store
      .updateTable('cases')
      .set({ codes: ['delivery.late', 'conduct.abuse'] })
      .where('id', '=', caseId)
      .execute()
    const browser = await signedIn('agent')
    await browser.get(`/cases/${caseId}`)
    expect(browser.page).toContain('Where is my parcel?')
    expect(browser.page).not.toContain('An insult.')
    await browser.post(`/cases/${caseId}/abuse/show`)
    expect(await showings()).toMatchObject([{ post_id: id }])
  })
})

test('a quoted post that may be abuse is hidden where it is quoted, too', async () => {
  const abuse = await addAbuse('A quoted insult.')
  const { postId, caseId } = await addCase(desk.store, { text: 'Look at what he writes.' })
  const quoted = await desk.store
    .selectFrom('posts')
    .select('external_id')
    .where('id', '=', abuse.postId)
    .executeTakeFirstOrThrow()
  await desk.store
    .updateTable('posts')
    .set({ quoted_id: quoted.external_id })
    .where('id', '=', postId)
    .execute()
  const browser = await signedIn('agent')
  await browser.get(`/cases/${caseId}`)
  expect(browser.page).toContain('The post that this quotes is hidden')
  expect(browser.page).not.toContain('A quoted insult.')
})

describe('a case of abuse is handed to a lead', () => {
  test('when it opens, once: what a lead has settled stays settled for further posts', async () => {
    const opened = await hear('abuser-1', INSULT)
    expect(opened.codes).toContain('conduct.abuse')
    expect(opened.escalated_at).not.toBeNull()
    expect(opened.escalated_by).toBeNull()
    const leads = [await idOf('approver'), await idOf('admin')]
    expect(leads).toContain(opened.escalated_to)
    expect(opened.assignee_id).toBe(opened.escalated_to)
    const lead = await signedIn('admin')
    await lead.get(`/cases/${opened.id}`)
    expect(lead.page).toContain('It was handed to')
    await lead.post(`/cases/${opened.id}/escalation/settle`)
    const again = await hear('abuser-1', `${INSULT}, again`)
    expect(again.id).toBe(opened.id)
    expect(again.escalated_at).toBeNull()
    const entries = await desk.store
      .selectFrom('audit_log')
      .select('actor')
      .where('subject', '=', `case:${opened.id}`)
      .where('action', '=', 'case.escalated')
      .execute()
    expect(entries).toEqual([{ actor: 'policy' }])
  })

  test('when a post turns it into one, out of the hands of whoever had it', async () => {
    const before = await hear('abuser-2', 'My parcel is late, where is it?')
    expect(before.escalated_at).toBeNull()
    await desk.store
      .updateTable('cases')
      .set({ assignee_id: await idOf('agent') })
      .where('id', '=', before.id)
      .execute()
    const after = await hear('abuser-2', INSULT)
    expect(after.id).toBe(before.id)
    expect(after.escalated_at).not.toBeNull()
    expect(after.assignee_id).toBe(after.escalated_to)
  })

  test('to the one who was shown least of it and reads its language', async () => {
    const [approver, admin] = [await idOf('approver'), await idOf('admin')]
    await desk.store.updateTable('cases').set({ state: 'closed' }).execute()
    const shown = (user: number) =>
      desk.store.insertInto('abuse_showings').values({ user_id: user, case_id: 1, post_id: 1 }).execute()
    await shown(approver)
    expect((await hear('abuser-3', INSULT)).assignee_id).toBe(admin)
    await desk.store
      .updateTable('users')
      .set({ languages: ['ja'] })
      .where('id', '=', admin)
      .execute()
    expect((await hear('abuser-4', INSULT)).assignee_id).toBe(approver)
    await desk.store.updateTable('users').set({ languages: null }).where('id', '=', admin).execute()
  })

  test('when a person says that it is one', async () => {
    const { caseId } = await addCase(desk.store)
    const taxonomy = { codes: [{ code: 'conduct.abuse' }] }
    const correction = { caseId, userId: await idOf('agent'), codes: ['conduct.abuse'], severity: 1 as const }
    await correctCode(desk.store, taxonomy, { ...correction, seen: 'delivery.late 1' })
    const row = await desk.store
      .selectFrom('cases')
      .selectAll()
      .where('id', '=', caseId)
      .executeTakeFirstOrThrow()
    expect(row.code).toBe('conduct.abuse')
    expect(row.escalated_at).not.toBeNull()
  })

  test('and a lead is whoever may let words out', () => {
    expect(rolesThatMay('approve')).toEqual([...LEAD_ROLES])
  })
})

test('leads see how much of it each person read, by the company’s days', async () => {
  const agent = await idOf('agent')
  const hours = (ago: number) => new Date(Date.now() - ago * 3_600_000)
  await desk.store
    .insertInto('abuse_showings')
    .values(
      [0, 0, 30, 24 * 10, 24 * 40].map((ago) => ({ user_id: agent, case_id: 1, post_id: 1, at: hours(ago) })),
    )
    .execute()
  const lead = await signedIn('ops')
  await lead.get('/care')
  const row = /<tr><th scope="row"><bdi>The agent<\/bdi><\/th>(.*?)<\/tr>/s.exec(lead.page)?.[1] ?? ''
  const cells = [...row.matchAll(/<td[^>]*>(?:<span[^>]*>)?([^<]*)/g)].map((match) => match[1])
  expect(
    cells
      .slice(0, 7)
      .map((cell) => Number(cell) || 0)
      .reduce((sum, posts) => sum + posts, 0),
  ).toBe(3)
  expect(cells[6]).toBe('2')
  expect(cells.slice(7)).toEqual(['–', '–', '1', '3'])
  expect((await (await signedIn('agent')).get('/care')).status).toBe(403)
})
