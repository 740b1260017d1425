import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { linkAuthor } from '../../src/store/author-links.ts'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'
import { addDecided } from './money-at-test.ts'

let desk: TestDesk
let browser: Browser
beforeAll(async () => {
  desk = await openDesk()
})
beforeEach(async () => {
  browser = new Browser(desk.origin)
  await browser.signIn('approver')
})
afterAll(() => desk.close())

async function authorOf(caseId: number) {
  const { author_id: authorId } = await desk.store
    .selectFrom('cases')
    .select('author_id')
    .where('id', '=', caseId)
    .executeTakeFirstOrThrow()
  return { network: 'x', authorId, path: `/authors/${encodeURIComponent(`x:${authorId}`)}` }
}

async function linkTo(caseId: number, customerId: string) {
  const { network, authorId } = await authorOf(caseId)
  await linkAuthor(desk.store, { network, authorId, customerId, caseId, consentVersion: '1' })
}

describe('the history of an author', () => {
  test('shows posts with code, feeling and state, our reply, and refunds of the linked customer', async () => {
    const { caseId, draftId, postId } = await addCase(desk.store, { text: 'It came broken.' })
    const post = await desk.store
      .selectFrom('posts')
      .selectAll()
      .where('id', '=', postId)
      .executeTakeFirstOrThrow()
    await desk.store
      .insertInto('replies')
      .values({
        key: 'told',
        draft_id: draftId,
        case_id: caseId,
        network: 'x',
        in_reply_to: post.external_id,
        text: 'We send a new one.',
        state: 'sent',
        sent_at: new Date(),
        external_id: '777',
      })
      .execute()
    const { customerId } = await addPaid()
    const { path } = await authorOf(caseId)
    await browser.get(path)
    expect(browser.page).toContain('It came broken.')
    expect(browser.page).toContain('We send a new one.')
    expect(browser.page).toContain('Late delivery')
    expect(browser.page).toContain('unhappy')
    expect(browser.page).toContain('We do not know which customer this is.')
    expect(browser.page).not.toContain('Casablanca')
    await linkTo(caseId, customerId)
    await browser.get(path)
    expect(browser.page).toContain('Casablanca')
    await browser.get(`/cases/${caseId}`)
    expect(browser.page).toContain(`href="${path}"`)
    expect(browser.page).toContain(customerId)
  })

  test('goes on page after page, every entry once', async () => {
    const { caseId } = await addCase(desk.store, { text: 'Number 0' })
    const { authorId, path } = await authorOf(caseId)
    const at = new Date('2026-10-01T00:00:00Z')
    for (let number = 1; number <= 45; number++)
      await desk.store
        .insertInto('posts')
        .values({
          network: 'x',
          external_id: `${authorId}-${number}`,
          source_id: 'x:mentions',
          author_id: authorId,
          text: `Number ${number}.`,
          // Three at a time are of the same moment.
          created_at: new Date(at.getTime() + Math.floor(number / 3)),
          summoned: false,
          media: '[]',
          context: '{}',
          state: 'ignored',
          ignored_reason: 'nothing to answer',
        })
        .execute()
    const found: string[] = []
    let next: string | undefined = path
    while (next) {
      await browser.get(next)
      found.push(...[...browser.page.matchAll(/Number (\d+)/g)].map((match) => match[1] as string))
      next = /href="([^"]+)" rel="next"/.exec(browser.page)?.[1]
    }
    expect(found).toEqual(['0', ...Array.from({ length: 45 }, (_, index) => String(45 - index))])
  })

  test('is nobody’s for an id that never wrote', async () => {
    expect((await browser.get('/authors/x%3Anobody')).status).toBe(404)
    expect((await browser.get('/authors/nonsense')).status).toBe(404)
  })

  test('says that they asked not to be answered', async () => {
    const { caseId } = await addCase(desk.store)
    const { authorId, path } = await authorOf(caseId)
    await desk.store
      .updateTable('authors')
      .set({ opted_out_at: new Date() })
      .where('external_id', '=', authorId)
      .execute()
    await browser.get(path)
    expect(browser.page).toContain('They asked us not to reply.')
  })
})

describe('unlinking', () => {
  test('ends the link that was seen, with who did it', async () => {
    const { caseId } = await addCase(desk.store)
    await linkTo(caseId, 'cus-unlink')
    const { path, authorId } = await authorOf(caseId)
    await browser.get(path)
    const answer = await browser.post(`${path}/unlink`, { customer: 'cus-unlink' })
    expect(answer.headers.get('location')).toBe(`${path}?notice=unlinked`)
    const link = await desk.store
      .selectFrom('author_links')
      .selectAll()
      .where('author_id', '=', authorId)
      .executeTakeFirstOrThrow()
    expect(link.unlinked_by).toMatch(/^user:\d+$/)
    await browser.get(path)
    expect(browser.page).toContain('We do not know which customer this is.')
  })

  test('leaves a link alone that came after the page was read', async () => {
    const { caseId } = await addCase(desk.store)
    await linkTo(caseId, 'cus-new')
    const { path, authorId } = await authorOf(caseId)
    await browser.get(path)
    const answer = await browser.post(`${path}/unlink`, { customer: 'cus-old' })
    expect(answer.headers.get('location')).toBe(`${path}?notice=notLinked`)
    const link = await desk.store
      .selectFrom('author_links')
      .selectAll()
      .where('author_id', '=', authorId)
      .executeTakeFirstOrThrow()
    expect(link.unlinked_at).toBeNull()
  })

  test('is not offered to those who may not', async () => {
    const { caseId } = await addCase(desk.store)
    await linkTo(caseId, 'cus-agent')
    const agent = new Browser(desk.origin)
    await agent.signIn('agent')
    const { path } = await authorOf(caseId)
    await agent.get(path)
    expect(agent.page).toContain('cus-agent')
    expect(agent.page).not.toContain('/unlink')
  })
})

/** A refund that was paid to somebody. */
async function addPaid() {
  const { decisionId } = await addDecided(desk.store, { state: 'paid' })
  const refund = await desk.store
    .selectFrom('refunds')
    .select(['customer_id', 'title'])
    .where('decision_id', '=', decisionId)
    .executeTakeFirstOrThrow()
  return { customerId: refund.customer_id, title: refund.title }
}
