import { expect, test } from 'vitest'
import { makeContactToken } from '../../src/store/contact-tokens.ts'
import { startProduct } from '../support/product.ts'
import { until } from '../support/until.ts'
import { answer } from './contacts-at-test.ts'

test('the running product writes contacts by itself, goes on after a restart, and answers a token', async () => {
  const product = await startProduct()
  try {
    const { store } = product.db
    const { token } = await makeContactToken(store, {
      name: 'test',
      texts: true,
      days: 1,
      by: 'command-line',
    })
    const contacts = async () => {
      const answered = await fetch(`${product.origin}/v1/contacts`, {
        headers: { authorization: `Bearer ${token}` },
      })
      return ((await answered.json()) as { contacts: Record<string, unknown>[] }).contacts
    }
    product.sandbox.x.control.post({
      author: 'misaki',
      text: '@hinata_shop The box was crushed and the lid is cracked, call 07700 900123',
    })
    const written = (outcome: 'nothing' | 'answered') =>
      until(`a contact says ${outcome}`, () =>
        store
          .selectFrom('contacts')
          .innerJoin('posts', 'posts.case_id', 'contacts.case_id')
          .select(['posts.id as postId', 'contacts.case_id as caseId', 'posts.author_id as authorId'])
          .where('outcome', '=', outcome)
          .executeTakeFirst(),
      )
    const post = await written('nothing')
    expect(await contacts()).toMatchObject([
      {
        code: 'packaging.damage',
        code_state: 'current',
        text: '[handle] The box was crushed and the lid is cracked, call [phone]',
      },
    ])
    await product.restart()
    await answer(store, post, 30)
    await written('answered')
    expect(await contacts()).toMatchObject([{ first_answer_s: 30, open: false }])
  } finally {
    await product.close()
  }
}, 90_000)
