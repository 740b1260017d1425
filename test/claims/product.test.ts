import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerOf } from '../../src/store/author-links.ts'
import { startProduct, type TestProduct } from '../support/product.ts'
import { Wanderer } from './claims-at-test.ts'

let product: TestProduct
beforeAll(async () => {
  product = await startProduct({ env: { DESK: 'off', WORKERS: 'none' } })
})
afterAll(() => product?.close())

test('the product links people without a desk, at the address of its public link', async () => {
  const { control } = product.sandbox.x
  control.post({ author: 'misaki', text: '@hinata_shop また違う品が届きました' })
  const authorId = control.addUser('misaki')
  const link = product.app.linking?.claimLink({ caseId: 1, network: 'x', authorId, now: new Date() })
  expect(link).toMatch(`http://localhost:${product.app.port}/c/`)
  const browser = new Wanderer()
  browser.language = 'ja'
  await browser.open(link as string)
  expect(browser.page).toContain('ひなた')
  await browser.submit()
  await browser.submit({ who: 'misaki', answer: 'yes' })
  await browser.submit({ who: 'cus_1002', answer: 'yes' })
  await browser.submit({ answer: 'yes' })
  expect(browser.page).toContain('以上で完了です')
  expect(await customerOf(product.app.store, 'x', authorId)).toBe('cus_1002')
  const spent = await product.app.store.selectFrom('api_charges').selectAll().execute()
  expect(JSON.stringify(spent)).toContain('user.read')
})

test('nothing else is public there: the desk stays off', async () => {
  expect((await fetch(`${product.origin}/sign-in`)).status).toBe(404)
  expect((await fetch(`${product.origin}/c/`)).status).toBe(404)
})
