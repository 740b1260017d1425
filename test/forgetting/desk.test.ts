import { afterAll, beforeAll, expect, test } from 'vitest'
import { listErasures } from '../../src/store/erasures.ts'
import { openPseudonyms } from '../../src/voice/index.ts'
import { Browser, openDesk, type TestDesk } from '../desk/desk-at-test.ts'
import { ACCOUNT, CUSTOMER, columnsWith, PLANTED, plantPerson } from './plant.ts'

let desk: TestDesk
let admin: Browser
beforeAll(async () => {
  desk = await openDesk()
  const pseudonyms = await openPseudonyms(desk.store, { secretKey: null, previousSecretKey: null })
  await plantPerson(desk.store, {
    account: ACCOUNT,
    customer: CUSTOMER,
    planted: PLANTED,
    pseudonyms: [
      pseudonyms.of({ network: 'x', id: ACCOUNT }),
      pseudonyms.of({ network: 'shop', id: CUSTOMER }),
    ],
  })
  admin = new Browser(desk.origin)
  await admin.signIn('admin')
})
afterAll(() => desk.close())

test('an admin looks first, writes the name once more, and gets a record that names nobody', async () => {
  const who = `x:@${PLANTED.handle}`
  await admin.get('/forgetting')
  await admin.post('/forgetting/find', { who: 'somebody' })
  expect(admin.page).toContain('That names nobody')
  await admin.post('/forgetting/find', { who: 'x:@nobody_at_all' })
  expect(admin.page).toContain('There is nothing of them')

  await admin.post('/forgetting/find', { who })
  expect(admin.page).toContain(`Customer ${CUSTOMER}`)
  expect(admin.page).toMatch(/Mails<\/td><td class="right">2</)

  await admin.post('/forgetting/erase', { who, again: 'x:@someone_else' })
  expect(admin.page).toContain('Nothing was erased')
  expect(await listErasures(desk.store, 1)).toEqual([])

  await desk.store.updateTable('refunds').set({ state: 'pending' }).execute()
  await admin.post('/forgetting/erase', { who, again: who })
  expect(admin.page).toContain('First finish or call off')
  expect(admin.page).toContain('at the payment provider')
  expect(admin.page).not.toContain('Erase for good')
  await desk.store.updateTable('refunds').set({ state: 'paid' }).execute()

  const answer = await admin.post('/forgetting/erase', { who, again: who })
  expect(answer.status).toBe(303)
  expect(await columnsWith(desk.store, Object.values(PLANTED))).toEqual([])
  await admin.get(answer.headers.get('location') ?? '')
  expect(admin.page).toContain('The admin')
  expect(admin.page).toContain('no names and no words')
  for (const word of [...Object.values(PLANTED), ACCOUNT, CUSTOMER]) expect(admin.page).not.toContain(word)
  await admin.get('/audit')
  expect(admin.page).toContain('Person erased')
})

test('pages of what was erased still open', async () => {
  const found = await desk.store.selectFrom('cases').select(['id', 'author_id']).execute()
  for (const { id } of found) expect((await admin.get(`/cases/${id}`)).status).toBe(200)
  expect((await admin.get('/')).status).toBe(200)
  expect((await admin.get('/?view=closed')).status).toBe(200)
  expect((await admin.get('/refunds')).status).toBe(200)
})
