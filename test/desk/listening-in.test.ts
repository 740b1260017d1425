import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addCase, Browser, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

async function signedIn(login: string) {
  const browser = new Browser(desk.origin)
  await browser.signIn(login)
  return browser
}

async function userId(login: string): Promise<number> {
  const row = await desk.store
    .selectFrom('users')
    .select('id')
    .where('login', '=', login)
    .executeTakeFirstOrThrow()
  return row.id
}

async function add(text: string, code = 'delivery.late', language = 'en', name = 'Somebody Else') {
  const { postId, caseId } = await addCase(desk.store, { text, language, name })
  await desk.store
    .updateTable('triages')
    .set({ code, codes: [code] })
    .where('post_id', '=', postId)
    .execute()
  await desk.store
    .updateTable('cases')
    .set({ code, codes: [code] })
    .where('id', '=', caseId)
    .execute()
  return { postId, caseId }
}

/** Follows redirects, as a browser does. @returns the path where it ended */
async function open(browser: Browser, path: string): Promise<string> {
  const answer = await browser.get(path)
  const on = answer.headers.get('location')
  return on ? open(browser, on) : path
}

const nextOn = (page: string) => /href="([^"]+)" rel="next"/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? null

describe('listening in', () => {
  test('goes from the newest voice to older ones by links, of one code or language where asked, and past abuse', async () => {
    await add('The oldest voice')
    await add('A crushed box', 'packaging.damage')
    await add('Words that nobody should have to read', 'conduct.abuse')
    const gone = await add('Deleted by its author')
    await desk.store
      .updateTable('posts')
      .set({ deleted_at: new Date() })
      .where('id', '=', gone.postId)
      .execute()
    await add('荷物が届きません', 'delivery.late', 'ja')
    const viewer = await signedIn('viewer')
    const heard: string[] = []
    for (let path: string | null = await open(viewer, '/listen'); path; path = nextOn(viewer.page)) {
      await viewer.get(path)
      heard.push(/<blockquote[^>]*>([^<]*)/.exec(viewer.page)?.[1] ?? '')
    }
    expect(heard).toEqual(['荷物が届きません', 'A crushed box', 'The oldest voice'])
    await open(viewer, '/listen?code=packaging.damage')
    expect(viewer.page).toContain('A crushed box')
    expect(nextOn(viewer.page)).toBeNull()
    await open(viewer, '/listen?language=ja')
    expect(viewer.page).toContain('荷物が届きません')
    await open(viewer, '/listen?code=conduct.abuse')
    expect(viewer.page).not.toContain('Words that nobody')
  })

  test('does not open abuse or deleted words by their address either', async () => {
    const { postId } = await add('Insults, one after the other', 'conduct.abuse')
    const viewer = await signedIn('viewer')
    const answer = await viewer.get(`/listen/${postId}`)
    expect(answer.status).toBe(303)
    await open(viewer, `/listen/${postId}`)
    expect(viewer.page).not.toContain('Insults')
  })

  test('on a wall goes on without JavaScript, begins again at its end, and masks personal data', async () => {
    const { postId } = await add(
      'Call me, Nora Kessler, on 090-1234-5678',
      'item.safety',
      'en',
      'Nora Kessler',
    )
    const older = await add('The kettle smoked', 'item.safety')
    const viewer = await signedIn('viewer')
    await viewer.get(`/listen/${postId}?code=item.safety&wall=20`)
    expect(viewer.page).toContain(
      `<noscript><meta http-equiv="refresh" content="20; url=/listen/${older.postId}?code=item.safety&amp;wall=20">`,
    )
    expect(viewer.page).not.toMatch(/Kessler|090-1234/)
    expect(viewer.page).toContain(`href="/listen/${postId}?code=item.safety" data-key="pause"`)
    const read = await desk.store
      .selectFrom('voices_read')
      .select('user_id')
      .where('post_id', '=', postId)
      .execute()
    expect(read).toEqual([])
  })
})

describe('a reading', () => {
  test('is given by an approver, counts what was read and nothing of speed, and both see the count', async () => {
    const approver = await signedIn('approver')
    await approver.get('/readings')
    const given = await approver.post('/readings', {
      user: await userId('guest'),
      count: 2,
      codes: 'feedback.praise',
      until: '2099-01-01',
    })
    expect(given.headers.get('location')).toBe('/readings?notice=readingGiven')
    const one = await add('Lovely wrapping', 'feedback.praise')
    await add('Thank you for the card', 'feedback.praise')
    const guest = await signedIn('guest')
    await guest.get('/readings')
    expect(guest.page).toContain('0 of 2 read')
    const path = /href="(\/listen\?reading=\d+)"/.exec(guest.page)?.[1] ?? ''
    await open(guest, path)
    expect(guest.page).toContain('Thank you for the card')
    expect(guest.page).toContain('1 of 2 read')
    expect(guest.page).toContain('Draft an answer')
    await guest.get(nextOn(guest.page) ?? '')
    expect(guest.page).toContain('Lovely wrapping')
    expect(guest.page).toContain('You have read them all.')
    await guest.get(`/listen/${one.postId}`)
    await approver.get('/readings')
    expect(approver.page).toContain('2 of 2 read')
    const others = await signedIn('viewer')
    await others.get('/readings')
    expect(others.page).not.toContain('of 2 read')
  })

  test('can not be given by others, nor for no voices', async () => {
    const agent = await signedIn('agent')
    const fields = { user: await userId('viewer'), count: 3, until: '2099-01-01' }
    expect((await agent.post('/readings', fields)).status).toBe(403)
    const approver = await signedIn('approver')
    expect((await approver.post('/readings', { ...fields, count: 0 })).status).toBe(400)
  })
})

test('a thought is one for each voice and person; the owner of its code sees it and marks it as read', async () => {
  const { postId } = await add('Two weeks now', 'delivery.late')
  const viewer = await signedIn('viewer')
  await viewer.get(`/listen/${postId}`)
  await viewer.post(`/listen/${postId}/thought`, { text: 'Do we tell them anything at all?' })
  await viewer.get(`/listen/${postId}`)
  await viewer.post(`/listen/${postId}/thought`, { text: 'We should write to them first.' })
  const admin = await signedIn('admin')
  await admin.get('/people')
  await admin.post(`/people/${await userId('ops')}/departments`, { departments: 'logistics' })
  const owner = await signedIn('ops')
  await owner.get('/thoughts')
  expect(owner.page).toContain('We should write to them first.')
  expect(owner.page).not.toContain('anything at all')
  const path = /action="(\/thoughts\/\d+\/seen)"/.exec(owner.page)?.[1] ?? ''
  const stranger = await signedIn('agent')
  await stranger.get('/thoughts')
  expect(stranger.page).not.toContain('We should write')
  expect((await stranger.post(path)).status).toBe(403)
  await owner.post(path)
  await owner.get('/thoughts')
  expect(owner.page).toContain('read by The ops')
})
