import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { remindOwners, sendUpByRules } from '../../src/voice/index.ts'
import { addCase, Browser, LETTERS, openDesk, type TestDesk } from './desk-at-test.ts'

let desk: TestDesk
beforeAll(async () => {
  desk = await openDesk()
  const admin = await signedIn('admin')
  await admin.get('/people')
  await admin.post(`/people/${await userId('viewer')}/departments`, { departments: 'logistics' })
})
afterAll(() => desk.close())

async function signedIn(login: string, language = 'en') {
  const browser = new Browser(desk.origin)
  browser.language = language
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

const ANSWERS = {
  why: 'The carrier changed its route plan without telling us.',
  impact: 'About 400 parcels a day.',
  done: '09:00 we called the carrier.',
  fix: 'The old route comes back.',
  fixBy: '2026-12-01',
  again: 'We ship with the second carrier.',
  numbers: 'Cases in this letter: 1',
  timeline: '2026-11-20 09:00 first voice',
  similar: '',
}

/** The version that the page shows, and its voices as they stand in the form. */
function formOf(page: string): Record<string, string> {
  const base = /name="base" value="(\d+)"/.exec(page)?.[1] ?? ''
  const voices = [...page.matchAll(/<textarea name="(voice\d+)"[^>]*>([^<]*)/g)].map(([, name, text]) => [
    name,
    text,
  ])
  const shown = [...page.matchAll(/name="(show\d+)" value="1" checked/g)].map(([, name]) => [name, '1'])
  return { base, ...Object.fromEntries([...voices, ...shown]) }
}

async function sendOne(text = 'My parcel is late. Call me on +81 90 1234 5678, Laura Whitfield') {
  const { caseId } = await addCase(desk.store, { text, name: 'Laura Whitfield', severity: 2 })
  const agent = await signedIn('agent')
  await agent.get(`/letters/new?cases=${caseId}`)
  const answer = await agent.post('/letters/new', {
    cases: caseId,
    department: 'logistics',
    title: 'Parcels of Laura Whitfield@example.com are late',
    reason: 'It is the third week.',
  })
  const path = answer.headers.get('location')?.split('?')[0] ?? ''
  return { agent, path, caseId, letterId: Number(path.split('/').at(-1)) }
}

describe('a letter to a department', () => {
  test('is sent up from the inbox, with its owner chosen, numbers, timeline and masked voices filled in', async () => {
    const { caseId } = await addCase(desk.store, {
      text: 'Late again! My number is 090-1234-5678 — Greta Lindqvist',
      name: 'Greta Lindqvist',
      username: 'greta_l',
    })
    const agent = await signedIn('agent')
    const chosen = await agent.post('/letters/choose', { case: `${caseId}.0.0.0.0` })
    expect(chosen.headers.get('location')).toBe(`/letters/new?cases=${caseId}`)
    await agent.get(`/letters/new?cases=${caseId}`)
    expect(agent.page).toContain('<option value="logistics" selected>Logistics</option>')
    const sent = await agent.post('/letters/new', {
      cases: caseId,
      department: 'logistics',
      title: 'Late again',
    })
    const path = sent.headers.get('location') ?? ''
    expect(path).toMatch(/^\/letters\/\d+\?notice=letterSent$/)
    const owner = await signedIn('viewer')
    await owner.get(path.split('?')[0] ?? '')
    expect(owner.page).toContain('Cases in this letter: 1')
    expect(owner.page).toContain('first voice of these cases')
    expect(owner.page).toContain('from the system')
    expect(owner.page).toContain('Late again!')
    expect(owner.page).toContain('[phone]')
    expect(owner.page).not.toMatch(/090-1234|Lindqvist|greta_l/)
  })

  test('is answered, asked again, answered anew and accepted, and every round is kept', async () => {
    const { agent, path } = await sendOne()
    const owner = await signedIn('viewer')
    await owner.get(path)
    const early = await owner.post(`${path}/save`, {
      ...formOf(owner.page),
      ...ANSWERS,
      fix: '',
      act: 'send',
    })
    expect(early.status).toBe(422)
    expect(owner.page).toContain('These are not answered yet:')
    expect(owner.page).toContain('The carrier changed its route plan')
    await owner.get(path)
    const sent = await owner.post(`${path}/save`, { ...formOf(owner.page), ...ANSWERS, act: 'send' })
    expect(sent.headers.get('location')).toBe(`${path}?notice=letterAnswered`)
    await agent.get(path)
    expect(agent.page).toContain('Is this an answer?')
    await agent.post(`${path}/ask`, { question: 'And the parcels that are lost?' })
    await owner.get(path)
    expect(owner.page).toContain('And the parcels that are lost?')
    expect(owner.page).toContain('Round 2')
    await owner.post(`${path}/save`, {
      ...formOf(owner.page),
      ...ANSWERS,
      fix: 'We look for each of them.',
      act: 'send',
    })
    await agent.get(path)
    const accepted = await agent.post(`${path}/accept`)
    expect(accepted.headers.get('location')).toBe(`${path}?notice=letterAccepted`)
    await agent.get('/letters?view=done')
    expect(agent.page).toContain(`href="${path}"`)
    await agent.get(`${path}?version=2`)
    expect(agent.page).toContain('The old route comes back.')
    expect(agent.page).not.toContain('We look for each of them.')
  })

  test('is never written over silently: who saves second sees both, and keeps both', async () => {
    const { path, letterId } = await sendOne()
    const one = await signedIn('viewer')
    const other = await signedIn('admin')
    await one.get(path)
    await other.get(path)
    const [mine, theirs] = [formOf(one.page), formOf(other.page)]
    await one.post(`${path}/save`, { ...mine, ...ANSWERS, act: 'save' })
    const second = await other.post(`${path}/save`, { ...theirs, ...ANSWERS, why: 'Snow.', act: 'save' })
    expect(second.status).toBe(409)
    expect(other.page).toContain('The viewer saved in the meantime')
    expect(other.page).toContain('>Snow.</textarea>')
    expect(other.page).toContain('The carrier changed its route plan')
    const again = await other.post(`${path}/save`, {
      ...formOf(other.page),
      ...ANSWERS,
      why: 'Snow.',
      act: 'save',
    })
    expect(again.status).toBe(303)
    const versions = await desk.store
      .selectFrom('letter_versions')
      .select(['version', 'answers'])
      .where('letter_id', '=', letterId)
      .orderBy('version')
      .execute()
    expect(versions.map(({ answers }) => answers.why)).toEqual(['', ANSWERS.why, 'Snow.'])
  })

  test('is answered by its department only, and settled by its sender or an approver only', async () => {
    const { path } = await sendOne()
    for (const login of ['agent', 'ops']) {
      const other = await signedIn(login)
      await other.get(path)
      expect(other.page).toContain('You can read along.')
      expect((await other.post(`${path}/save`, { base: '1', ...ANSWERS })).status).toBe(403)
    }
    const guest = await signedIn('guest')
    expect((await guest.post(`${path}/accept`)).status).toBe(403)
    expect(guest.page).toContain('Only whoever sent the letter')
  })

  test('refuses an answer that would not fit on one page, and says which', async () => {
    const { path } = await sendOne()
    const owner = await signedIn('viewer')
    await owner.get(path)
    const long = 'a line\n'.repeat(9)
    const answer = await owner.post(`${path}/save`, { ...formOf(owner.page), ...ANSWERS, why: long })
    expect(answer.status).toBe(422)
    expect(owner.page).toContain('too long for one printed page')
    expect(owner.page).toContain('<li>Why did it happen?</li>')
  })

  test('lets the owner leave a voice out and mask more of it', async () => {
    const { path } = await sendOne('Late, and the tall man next door laughed')
    const owner = await signedIn('viewer')
    await owner.get(path)
    const form = formOf(owner.page)
    const voice = Object.keys(form).find((name) => name.startsWith('voice')) ?? ''
    await owner.post(`${path}/save`, { ...form, ...ANSWERS, [voice]: 'Late, and a neighbour laughed' })
    await owner.get(`${path}/sheet`)
    expect(owner.page).toContain('a neighbour laughed')
    const { [voice.replace('voice', 'show')]: _, ...without } = form
    await owner.get(path)
    await owner.post(`${path}/save`, { ...without, base: formOf(owner.page).base ?? '', ...ANSWERS })
    await owner.get(`${path}/sheet`)
    expect(owner.page).not.toContain('laughed')
  })
})

describe('a department without an owner', () => {
  test('is shown plainly and refused at the door', async () => {
    const agent = await signedIn('agent')
    await agent.get('/letters')
    expect(agent.page).toContain('Departments without an owner:')
    expect(agent.page).toContain('<span class="tag">kitchen</span>')
    const { caseId } = await addCase(desk.store)
    await agent.get(`/letters/new?cases=${caseId}`)
    const answer = await agent.post('/letters/new', {
      cases: caseId,
      department: 'kitchen',
      title: 'Cold soup',
    })
    expect(answer.status).toBe(409)
    expect(agent.page).toContain('Nobody answers for this department yet')
  })
})

describe('a letter from the president’s mailbox', () => {
  const pasted = {
    words: 'Dear president, I am Hildegard Brunner, 03-1234-5678. My parcel came a month late.',
    sender: 'Hildegard Brunner',
    receivedOn: '2026-11-20',
    code: 'delivery.late',
    department: 'logistics',
    title: 'A letter of Hildegard Brunner',
  }

  test('is read masked by the department, as it was written by the desk, and its words can be erased', async () => {
    const agent = await signedIn('agent')
    await agent.get('/letters/paste')
    const sent = await agent.post('/letters/paste', pasted)
    const path = sent.headers.get('location')?.split('?')[0] ?? ''
    const owner = await signedIn('viewer')
    await owner.get(path)
    expect(owner.page).toContain('My parcel came a month late.')
    expect(owner.page).not.toMatch(/Brunner|1234-5678/)
    await agent.get(path)
    expect(agent.page).toContain('Hildegard Brunner, 03-1234-5678')
    await desk.store.deleteFrom('letter_originals').execute()
    const kept = await desk.store
      .selectFrom('letters')
      .innerJoin('letter_versions', 'letter_id', 'letters.id')
      .selectAll()
      .execute()
    expect(JSON.stringify(kept)).not.toContain('Brunner')
  })

  test('needs a code that is known', async () => {
    const agent = await signedIn('agent')
    await agent.get('/letters/paste')
    expect((await agent.post('/letters/paste', { ...pasted, code: 'no.such' })).status).toBe(400)
    expect(agent.page).toContain('There is nothing to send up')
  })
})

test('a cluster is found by code, product and time', async () => {
  const { postId } = await addCase(desk.store, { text: 'The lamp is late' })
  await desk.store
    .updateTable('triages')
    .set({
      entities: JSON.stringify([
        { kind: 'product', start: 4, end: 8, id: 'lamp-7', name: { en: 'Lamp', ja: 'ランプ' } },
      ]),
    })
    .where('post_id', '=', postId)
    .execute()
  const agent = await signedIn('agent')
  await agent.get('/letters/new?code=delivery.late&product=lamp-7&days=7')
  expect(agent.page).toContain('1 case:')
  await agent.get(`/letters/new?product=${encodeURIComponent('ランプ')}&days=7`)
  expect(agent.page).toContain('1 case:')
  await agent.get('/letters/new?code=packaging.damage&days=7')
  expect(agent.page).toContain('No cases fit')
})

test('what a rule names goes up once, and more of the same joins the open letter', async () => {
  const since = new Date()
  const first = await addCase(desk.store, { severity: 3, text: 'Smoke!' })
  const second = await addCase(desk.store, { severity: 3, text: 'More smoke!' })
  const calm = await addCase(desk.store, { severity: 1, text: 'A report on late parcels' })
  const press = await addCase(desk.store, { severity: 1, text: 'I am a REPORTER of a daily paper' })
  const run = () => sendUpByRules(desk.store, LETTERS, since, new Date())
  expect(await run()).toMatchObject({ sent: 2, joined: 1 })
  expect(await run()).toMatchObject({ sent: 0, joined: 0 })
  const rows = await desk.store
    .selectFrom('letters')
    .innerJoin('letter_cases', 'letter_id', 'letters.id')
    .select(['rule', 'case_id'])
    .where('source', '=', 'rule')
    .orderBy('case_id')
    .execute()
  expect(rows).toEqual([
    { rule: 'danger', case_id: first.caseId },
    { rule: 'danger', case_id: second.caseId },
    { rule: 'press', case_id: press.caseId },
  ])
  expect(rows.map((row) => row.case_id)).not.toContain(calm.caseId)
})

test('an overdue letter is shown as such, and its owner is told once a round', async () => {
  const { path, letterId } = await sendOne()
  const due = new Date(Date.now() - 60_000)
  await desk.store.updateTable('letters').set({ due_at: due }).where('id', '=', letterId).execute()
  await remindOwners(desk.store, LETTERS, new Date())
  await remindOwners(desk.store, LETTERS, new Date())
  const mails = await desk.store
    .selectFrom('letter_mails')
    .select('kind')
    .where('letter_id', '=', letterId)
    .orderBy('id')
    .execute()
  expect(mails.map(({ kind }) => kind)).toEqual(['new', 'overdue'])
  const owner = await signedIn('viewer')
  await owner.get('/letters?view=mine')
  expect(owner.page).toMatch(new RegExp(`Overdue[\\s\\S]*href="${path}"`))
  await owner.get(path)
  expect(owner.page).toContain('<strong class="warn">overdue</strong>')
})

test('abuse is never among the voices of a letter', async () => {
  const abuse = await addCase(desk.store, { text: 'Words that nobody should have to read.' })
  await desk.store
    .updateTable('triages')
    .set({ code: 'conduct.abuse', codes: ['conduct.abuse'] })
    .where('post_id', '=', abuse.postId)
    .execute()
  const agent = await signedIn('agent')
  await agent.get(`/letters/new?cases=${abuse.caseId}`)
  const sent = await agent.post('/letters/new', { cases: abuse.caseId, department: 'logistics', title: 'x' })
  await agent.get(sent.headers.get('location')?.split('?')[0] ?? '')
  expect(agent.page).not.toContain('Words that nobody')
})
