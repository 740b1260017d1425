import type { Store } from '../../store/database.ts'
import { sharedSecret } from '../../store/secrets.ts'
import { createPseudonyms, type Pseudonyms } from '../pseudonym.ts'

/** Pseudonyms under `SECRET_KEY`; where none is set, under a secret that all processes share in the database. */
export async function openPseudonyms(
  store: Store,
  { secretKey, previousSecretKey }: { secretKey: string | null; previousSecretKey: string | null },
): Promise<Pseudonyms> {
  return createPseudonyms(secretKey ?? (await sharedSecret(store, 'voice-pseudonyms')), previousSecretKey)
}
