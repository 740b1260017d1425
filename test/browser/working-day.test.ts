import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addCase, openDesk } from '../desk/desk-at-test.ts'
import { startProduct, type TestProduct } from '../support/product.ts'
import { until } from '../support/until.ts'
import { employ, gatherTeam, sinceKey, type Team, whenSeen, whenTold } from './a-team.ts'

/** What comes in when those are done. */
const LATER = {
  cups: '@hinata_shop the tea set came with two broken cups. The box was crushed.',
  voucher: '@hinata_shop my voucher was refused at the till, why?',
  parcel: '@hinata_shop day 4 and the parcel with my lamp is still not here',
  kettle: '@hinata_shop 限定の南部鉄器の急須、蓋が割れて届きました。楽しみにしていたのに残念です',
  book: 'ひなたの箱、ジュースの下敷きで本が折れて届いた…はぁ。',
  doorstep: '@hinata_shop 置き配の荷物が見当たりません。配達済みになっているのですが',
}

/** Twenty complaints, one an author: half in Japanese. */
const POSTS = Array.from({ length: 10 }, (_, n) => [
  `@hinata_shop Day ${n + 3} and parcel ${4100 + n} is still not here. I waited at home all day.`,
  `@hinata_shop ${n + 3}日前に届くはずの荷物がまだ来てません。一日家で待ってました（問い合わせ${7100 + n}）`,
]).flat()

let product: TestProduct
let team: Team
let mina: Page
let said = 0

beforeAll(async () => {
  product = await startProduct()
  await employ(product.db.store, 'Mina', 'approver')
  await employ(product.db.store, 'Ken', 'approver')
  for (const text of POSTS) say(text)
  team = await gatherTeam(() => product.origin)
  mina = await team.signIn('mina')
  await until('all posts have their drafts', async () => (await pending()).length === POSTS.length, 40_000)
}, 90_000)
afterAll(async () => {
  await team?.close()
  await product?.close()
})

function say(text: string, author = `customer${++said}`): string {
  return product.sandbox.x.control.post({ author, text })
}
const pending = () =>
  product.db.store.selectFrom('drafts').select('id').where('state', '=', 'pending').execute()

/** A post of LATER, said once. */
function later(name: keyof typeof LATER): string {
  const post = saidLater.get(name) ?? say(LATER[name], `with_${name}`)
  saidLater.set(name, post)
  return post
}

/** The case of a post, with its current draft. */
function caseOf(postId: string) {
  return product.db.store
    .selectFrom('posts')
    .innerJoin('cases', 'cases.id', 'posts.case_id')
    .leftJoin('drafts', (join) =>
      join
        .onRef('drafts.case_id', '=', 'cases.id')
        .on('drafts.state', 'in', ['pending', 'approved', 'none', 'returned', 'published']),
    )
    .select(['cases.id', 'cases.state', 'cases.code', 'cases.codes', 'cases.severity', 'cases.language'])
    .select(['drafts.id as draftId', 'drafts.state as draftState', 'drafts.text', 'drafts.version'])
    .where('posts.external_id', '=', postId)
    .orderBy('drafts.id', 'desc')
    .executeTakeFirst()
}
/** A post whose draft waits. */
async function drafted(postId: string) {
  return until(`${postId} has a draft`, async () => {
    const found = await caseOf(postId)
    return found?.draftState === 'pending' ? { ...found, draftId: found.draftId as number } : null
  })
}
const answersTo = (postId: string) =>
  product.sandbox.x.control.timeline().filter((post) => post.inReplyTo === postId)
const caseShown = (page: Page) => Number(/\/cases\/(\d+)/.exec(page.url())?.[1])

async function postOf(caseId: number): Promise<string> {
  const { external_id } = await product.db.store
    .selectFrom('posts')
    .select('external_id')
    .where('case_id', '=', caseId)
    .orderBy('id')
    .executeTakeFirstOrThrow()
  return external_id
}

const saidLater = new Map<string, string>()
let undonePost: string
let lastApproved: string

test('twenty posts are worked through from the keyboard, and the next case is there at once', async () => {
  await mina.goto(product.origin)
  await mina.keyboard.press('?')
  expect(await mina.locator('#keys').isVisible()).toBe(true)
  await mina.keyboard.press('Escape')
  await mina.keyboard.press('j')
  await mina.keyboard.press('j')
  await mina.keyboard.press('k')
  expect(await focused(mina)).toBe(await mina.locator('#cases h2 a').first().getAttribute('href'))
  await mina.keyboard.press('Enter')
  await mina.waitForURL(/\/cases\/\d+/)

  const waits: number[] = []
  const answered: string[] = []
  for (let n = 0; n < POSTS.length; n++) {
    const caseId = caseShown(mina)
    const post = await postOf(caseId)
    await whenSeen(mina)
    if (n === 4) {
      await mina.keyboard.press('e')
      await mina.keyboard.type(' 🌱')
      await mina.keyboard.press('Escape')
    }
    if (n === 8) {
      await mina.keyboard.press('r')
      await mina.keyboard.type('Solved by telephone')
      await mina.keyboard.press('Enter')
    } else if (n === 12) {
      await mina.keyboard.press('s')
      await mina.keyboard.press('Enter')
    } else {
      await mina.keyboard.press('a')
      answered.push(post)
    }
    await mina.waitForURL((url) => url.pathname !== `/cases/${caseId}`)
    if (n !== 8 && n !== 12) waits.push(await sinceKey(mina))
    if (n === 15) {
      // A second thought: back to it, and on with the others first.
      await mina.keyboard.press('u')
      await mina.waitForURL((url) => url.pathname === `/cases/${caseId}`)
      undonePost = post
      answered.pop()
      await mina.keyboard.press('j')
      await mina.waitForURL((url) => url.pathname !== `/cases/${caseId}`)
    }
  }
  lastApproved = answered.at(-1) as string
  waits.sort((a, b) => a - b)
  const [median = 0, slowest = 0] = [waits[Math.floor(waits.length / 2)], waits.at(-1)]
  console.log(
    `from the key to the next case: median ${Math.round(median)} ms, slowest ${Math.round(slowest)} ms`,
  )
  expect(median).toBeLessThan(1000)

  const states = await product.db.store
    .selectFrom('drafts')
    .select(['state', (eb) => eb.fn.countAll<number>().as('count')])
    .where('state', 'in', ['pending', 'rejected'])
    .groupBy('state')
    .execute()
  // One was taken back and one rests.
  expect(Object.fromEntries(states.map(({ state, count }) => [state, count]))).toEqual({
    pending: 2,
    rejected: 1,
  })
  expect(answered).toHaveLength(POSTS.length - 3)
}, 60_000)

const focused = (page: Page) => page.evaluate<string | null>("document.activeElement.getAttribute('href')")

test('new cases do not move the list under the cursor', async () => {
  await mina.goto(product.origin)
  await mina.keyboard.press('j')
  const before = await focused(mina)
  const place = await mina.locator('#cases .case').first().boundingBox()
  const lamp = say('@hinata_shop the lamp arrived without its cable, again. Could you send one?')
  for (const name of Object.keys(LATER)) later(name as keyof typeof LATER)
  await mina.locator('.news').waitFor()
  expect(await focused(mina)).toBe(before)
  expect(await mina.locator('#cases .case').first().boundingBox()).toEqual(place)
  await drafted(lamp)
  await mina.locator('.news').click()
  await mina.getByText('the lamp arrived without its cable').waitFor()
})

test('of two people on one draft one wins, and nobody loses words', async () => {
  const post = later('cups')
  const { id, draftId, text } = await drafted(post)
  const ken = await team.signIn('ken')
  await Promise.all([ken, mina].map((page) => page.goto(`${product.origin}/cases/${id}`)))
  await ken.getByText('Mina is looking at this case.').waitFor()
  await mina.getByText('Ken is looking at this case.').waitFor()

  // Ken's page is old by the time he writes: what Mina stored stays, and so do his words.
  await mina.locator('#text').fill(`${text} Mina was here.`)
  await ken.getByText('Mina is writing on this draft.').waitFor()
  await mina.getByRole('button', { name: 'Save' }).click()
  await mina.waitForURL(/notice=saved/)
  await ken.getByText('Something changed in this case.').waitFor()
  await ken.getByText('Mina is writing on this draft.').waitFor({ state: 'detached' })
  await ken.locator('#text').fill(`${text} Ken was here.`)
  await mina.getByText('Ken is writing on this draft.').waitFor()
  await ken.getByRole('button', { name: 'Save' }).click()
  await ken.getByText('Somebody changed this draft while you were on it.').waitFor()
  expect(await ken.locator('#text').inputValue()).toContain('Ken was here.')
  expect(await ken.locator('.theirs').innerText()).toContain('Mina was here.')
  expect((await caseOf(post))?.text).toContain('Mina was here.')

  // A note is no reason to look at the decision again, but it is told.
  await mina.goto(`${product.origin}/cases/${id}`)
  await ken.goto(`${product.origin}/cases/${id}`)
  await ken.locator('#notes textarea').fill('They rang us, too.')
  const place = await mina.locator('#text').boundingBox()
  await ken.getByRole('button', { name: 'Add the note' }).click()
  await ken.waitForURL(/notice=note/)
  await mina.getByText('A colleague has left a note.').waitFor()
  expect(await mina.locator('#text').boundingBox()).toEqual(place)
  await mina.getByRole('link', { name: 'Read it' }).click()
  await mina.getByText('They rang us, too.').waitFor()

  await whenSeen(mina)
  await mina.keyboard.press('a')
  await mina.waitForURL(/notice=approved/)
  await whenTold(mina, 'Approved. The reply leaves')
  await ken.getByRole('button', { name: /^Approve/ }).click()
  await ken.getByText('Mina has approved this already. Nothing was sent twice.').waitFor()
  await whenTold(ken, 'Mina has approved this already')
  expect((await caseOf(post))?.draftId).toBe(draftId)
  await ken.context().close()
})

test('a case is not closed under the hands of a colleague, unless they are taken over', async () => {
  const { id } = await drafted(later('voucher'))
  const ken = await team.signIn('ken')
  await mina.goto(`${product.origin}/cases/${id}`)
  await ken.goto(`${product.origin}/cases/${id}`)
  await mina.locator('#text').press('End')
  await mina.keyboard.type(' More.')
  await ken.getByText('Mina is writing on this draft.').waitFor()
  await ken.getByText('Close without an answer', { exact: true }).click()
  await ken.locator('#close input[name=reason]').fill('Solved in the shop')
  await ken.getByRole('button', { name: 'Close the case' }).click()
  await ken.getByText('Nothing was closed. Mina is writing on this draft.').waitFor()
  expect(await ken.locator('#close input[name=reason]').inputValue()).toBe('Solved in the shop')
  await ken.getByText('Take over', { exact: true }).click()
  await ken.getByRole('button', { name: 'Take over the draft' }).click()
  await mina.getByText('Ken is writing on this draft.').waitFor()
  await ken.getByText('Close without an answer', { exact: true }).click()
  await ken.locator('#close input[name=reason]').fill('Solved in the shop')
  await ken.getByRole('button', { name: 'Close the case' }).click()
  await ken.waitForURL(/notice=closed/)
  await ken.context().close()
  mina.once('dialog', (dialog) => dialog.accept())
  await mina.goto(product.origin)
})

test('a correction sticks: for the case, its draft and what its author writes later', async () => {
  const post = later('parcel')
  const { id, text } = await drafted(post)
  await mina.goto(`${product.origin}/cases/${id}`)
  await mina.keyboard.press('c')
  await mina.keyboard.type('Damaged')
  await mina.keyboard.press('Enter')
  await mina.getByRole('button', { name: 'Change the code' }).click()
  await mina.waitForURL(/notice=recoded/)
  const changed = await until('the draft is written anew', async () => {
    const now = await caseOf(post)
    return now?.draftState === 'pending' && now.text !== text ? now : null
  })
  expect(changed).toMatchObject({ id, code: 'packaging.damage' })
  product.sandbox.x.control.post({
    author: 'with_parcel',
    text: '@hinata_shop and the parcel is still not here today',
    inReplyTo: post,
  })
  await until('the later post is in the same case', async () => {
    const posts = await product.db.store
      .selectFrom('posts')
      .select('id')
      .where('case_id', '=', id)
      .where('state', '=', 'triaged')
      .execute()
    return posts.length === 2
  })
  expect(await caseOf(post)).toMatchObject({ id, code: 'packaging.damage' })
  await mina.goto(`${product.origin}/cases/${id}`)
  expect(await mina.locator('.case-head .code').innerText()).toBe('Damaged in the box')
})

test('Japanese is found without spaces between its words', async () => {
  const { id } = await drafted(later('kettle'))
  await mina.goto(product.origin)
  await mina.keyboard.press('/')
  await mina.keyboard.type('鉄器の急須')
  await mina.keyboard.press('Enter')
  await mina.waitForURL(/[?&]q=/)
  expect(await mina.locator('#cases h2 a').count()).toBe(1)
  await mina.keyboard.press('j')
  await mina.keyboard.press('Enter')
  await mina.waitForURL(`**/cases/${id}`)
  // Back in the list the cursor stands where it was.
  await mina.keyboard.press('u')
  await mina.waitForURL((url) => url.pathname === '/')
  expect(await focused(mina)).toBe(`/cases/${id}`)
})

test('a post that only a person may answer is done once the reply is in our timeline', async () => {
  const post = later('book')
  const { id } = await drafted(post)
  const ken = await team.signIn('ken')
  await ken.goto(`${product.origin}/cases/${id}`)
  await mina.goto(`${product.origin}/cases/${id}`)
  await whenSeen(mina)
  const [composer] = await Promise.all([mina.context().waitForEvent('page'), mina.keyboard.press('a')])
  await composer.waitForURL(`${product.sandbox.web.origin}/intent/post?**`)
  const prepared = await composer.locator('textarea').inputValue()
  expect(prepared).toBe((await caseOf(post))?.text)
  await ken.getByText('Mina is writing on this draft.').waitFor()
  expect(await ken.locator('#composer').isDisabled()).toBe(true)
  await mina.locator('#composing').waitFor()

  await composer.locator('textarea').fill(`${prepared} 担当：美奈`)
  await composer.getByRole('button', { name: 'Post' }).click()
  const done = await until('the case is done', async () => {
    const now = await caseOf(post)
    return now?.state === 'answered' ? now : null
  })
  expect(done.text).toBe(`${prepared} 担当：美奈`)
  const reply = await product.db.store
    .selectFrom('replies')
    .select(['state', 'external_id', 'text'])
    .where('case_id', '=', id)
    .executeTakeFirst()
  expect(reply).toEqual({ state: 'sent', external_id: answersTo(post)[0]?.id, text: done.text })
  await mina.getByText('Something changed in this case.').waitFor()
  await mina.getByRole('link', { name: 'Load it again' }).click()
  await mina.getByText('担当：美奈').first().waitFor()
  await composer.close()
  await ken.context().close()
})

test('what was taken back was never in public; what was approved is, once', async () => {
  await until('the last approval has left', () => answersTo(lastApproved).length > 0)
  expect(answersTo(undonePost)).toEqual([])
  const posts = product.sandbox.x.control.timeline().map((each) => each.inReplyTo)
  expect(new Set(posts).size).toBe(posts.length)
})

test('where policy asks for four eyes, whoever wrote it does not let it out', async () => {
  const desk = await openDesk({
    fourEyesRules: [{ codes: ['delivery.late'], minSeverity: 0, languages: ['en'] }],
  })
  const { caseId, draftId } = await addCase(desk.store)
  const [writer, other] = await Promise.all(
    ['approver', 'admin'].map((login) => team.signIn(login, { at: desk.origin })),
  )
  if (!writer || !other) throw new Error('nobody signed in')
  await writer.goto(`${desk.origin}/cases/${caseId}`)
  await writer.locator('#text').fill('We are sorry. It comes tomorrow.')
  await whenSeen(writer)
  await writer.keyboard.press('Escape')
  await writer.keyboard.press('a')
  await writer.getByText('It was not sent. Policy asks for four eyes here').waitFor()
  await writer.getByRole('button', { name: 'Save' }).click()
  await writer.waitForURL(/notice=saved/)
  expect(await writer.locator('[data-key=a]').count()).toBe(0)

  await other.goto(`${desk.origin}/cases/${caseId}`)
  await whenSeen(other)
  await other.keyboard.press('a')
  await other.waitForURL(/notice=approved/)
  const draft = await desk.store
    .selectFrom('drafts')
    .select(['state', 'text'])
    .where('id', '=', draftId)
    .executeTakeFirst()
  expect(draft).toEqual({ state: 'approved', text: 'We are sorry. It comes tomorrow.' })
  await Promise.all([writer, other].map((page) => page.context().close()))
  await desk.close()
})

test('the sheet names every key, in the language of the page', async () => {
  const script = await readFile('src/desk/assets/desk.js', 'utf8')
  const taken = [
    ...(/const keys = \{([\s\S]*?)\n {2}\}/.exec(script)?.[1] ?? '').matchAll(/^ {4}'?(\S)'?:/gm),
  ]
  const keys = taken.map(([, key]) => key as string)
  expect(keys).toEqual(expect.arrayContaining([...'jkaersu/?']))
  for (const [lang, language, title] of [
    ['en', 'English', 'Keys'],
    ['ja', '日本語', 'キー操作'],
  ]) {
    await mina.getByRole('button', { name: language }).click()
    await mina.locator(`html[lang=${lang}].script`).waitFor()
    await mina.keyboard.press('?')
    await mina.getByRole('heading', { name: title }).waitFor()
    const shown = await mina.locator('#keys kbd').allInnerTexts()
    expect(shown).toEqual(expect.arrayContaining(keys))
    for (const words of await mina.locator('#keys dd').allInnerTexts()) expect(words).not.toBe('')
    await mina.keyboard.press('Escape')
  }
  await mina.getByRole('button', { name: 'English' }).click()
  await mina.locator('html[lang=en]').waitFor()
})

test('the whole way works without JavaScript', async () => {
  const late = await drafted(later('doorstep'))
  const plain = await team.signIn('ken', { javaScriptEnabled: false })
  await plain.locator('#search').fill('見当たりません')
  await plain.getByRole('button', { name: 'Apply' }).click()
  await plain.locator('#cases h2 a').first().click()
  await plain.waitForURL(`**/cases/${late.id}`)

  await plain.locator('#text').fill(`${late.text} よろしくお願いいたします。`)
  await plain.getByRole('button', { name: 'Check the text' }).click()
  expect(await plain.locator('#text').inputValue()).toContain('よろしくお願いいたします。')
  await plain.getByRole('button', { name: 'Save' }).click()
  await plain.getByText('Saved.', { exact: true }).waitFor()
  await plain.locator('#notes textarea').fill('Asked the courier.')
  await plain.getByRole('button', { name: 'Add the note' }).click()
  await plain.getByText('Asked the courier.').waitFor()
  await plain.locator('#snooze summary').click()
  await plain.locator('#snooze button').click()
  await plain.waitForURL(/notice=snoozed/)
  await plain.goto(`${product.origin}/cases/${late.id}`)
  await plain.getByRole('button', { name: 'Bring it back now' }).click()
  await plain.waitForURL(/notice=woken/)
  await plain.getByRole('button', { name: /^Approve/ }).click()
  await plain.waitForURL(/notice=approved/)
  await plain.getByRole('button', { name: 'Undo' }).first().click()
  await plain.waitForURL(/notice=undone/)
  await plain.locator('#reject summary').click()
  await plain.locator('#reject input[name=note]').fill('Found it')
  await plain.locator('#reject button').click()
  await plain.waitForURL(/notice=rejected/)
  expect(await caseOf(await postOf(late.id))).toMatchObject({ id: late.id, state: 'closed' })
  await plain.context().close()
})

test('no page had a fault', () => {
  expect(team.faults).toEqual([])
})
