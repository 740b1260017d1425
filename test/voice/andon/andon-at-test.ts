import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSandbox } from '../../../src/sandbox/index.ts'
import type { NewContact } from '../../../src/store/contacts.ts'
import type { Store } from '../../../src/store/database.ts'
import type { ThingBook } from '../../../src/voice/index.ts'

export const THINGS: ThingBook = {
  isTitle: (id) => id.startsWith('film-'),
  nameOf: (id) =>
    id === 'heater-kotori' ? { en: 'Kotori ceramic heater', ja: 'ことりセラミックヒーター' } : null,
  nameOfCode: (code) => ({ en: code, ja: code }),
}

let refs = 0

/** Contacts as the contacts' loop writes them, in the order given. */
export async function addContacts(
  store: Store,
  contacts: readonly (Partial<NewContact> & { at: Date })[],
): Promise<void> {
  const rows = contacts.map((given) => ({
    kind: 'post' as const,
    ref: String(++refs),
    network: 'x',
    code: 'item.defective',
    codes: [given.code ?? 'item.defective'],
    sentiment: 'negative',
    severity: 1,
    product_id: 'heater-kotori',
    outcome: 'nothing' as const,
    open: true,
    written_at: given.at,
    ...given,
  }))
  for (let start = 0; start < rows.length; start += 500) {
    await store
      .insertInto('contacts')
      .values(rows.slice(start, start + 500))
      .execute()
  }
}

/** A shop, with the address where it hears of cords. */
export async function openShop() {
  const dir = await mkdtemp(join(tmpdir(), 'kikimimi-cords-'))
  const sandbox = await startSandbox({ dir, feed: 'none', limits: 'raised' })
  const { cord, control } = sandbox.shop
  return {
    target: { ...cord, timeoutMs: 2_000 },
    control,
    async close() {
      await sandbox.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
