import { createHmac, hkdfSync } from 'node:crypto'

/** Says which key made a pseudonym: its first characters, before the dot. */
const KEY_ID_LENGTH = 6
/** 128 bits: no two people of a network share one by chance. */
const PSEUDONYM_BYTES = 16
const PURPOSE = 'kikimimi voice pseudonyms v1'

export interface PersonId {
  /** 'x', or 'shop' for a customer id. */
  network: string
  /** The network's own id; never a name or a handle, which change. */
  id: string
}

/** Makes pseudonyms; to be held by the desk and its workers only. */
export interface Pseudonyms {
  /** The same person has the same one as long as the key is the same. */
  of(person: PersonId): string
  /** With every key that is known, the current one first: to find a person's contacts, old ones too. */
  all(person: PersonId): string[]
  /** Whether a key that is known made it; if not, it can no longer be matched with anybody. */
  isKnown(pseudonym: string): boolean
}

/**
 * Pseudonyms for people in the contacts that other departments read: HMAC-SHA-256 of the network's id under a key that
 * is derived (HKDF, RFC 5869) from `SECRET_KEY` for this purpose alone. Ids of networks are public and few enough to try
 * them all, so that a plain hash could be turned back; without the key this can not. Who has the key can check whether
 * somebody is a pseudonym, which erasing a person needs.
 *
 * Rotation: pseudonyms of `previousSecret` are still found; store the new one wherever a contact is written or amended.
 * Forgetting both keys cuts every contact off from its person for good.
 * @throws RangeError for a secret shorter than 32 characters
 */
export function createPseudonyms(secret: string, previousSecret: string | null = null): Pseudonyms {
  const keys = [secret, previousSecret].filter((each) => each !== null).map(deriveKey)
  const make = ({ network, id }: PersonId, { keyId, key }: Key) => {
    // the lengths keep ('a', 'b:c') and ('a:b', 'c') apart
    const digest = createHmac('sha256', key).update(`${network.length}:${network}:${id}`).digest()
    return `${keyId}.${digest.subarray(0, PSEUDONYM_BYTES).toString('base64url')}`
  }
  return {
    of: (person) => make(person, keys[0] as Key),
    all: (person) => keys.map((key) => make(person, key)),
    isKnown: (pseudonym) => keys.some(({ keyId }) => pseudonym.startsWith(`${keyId}.`)),
  }
}

interface Key {
  keyId: string
  key: Buffer
}

function deriveKey(secret: string): Key {
  if (secret.length < 32)
    throw new RangeError('SECRET_KEY must have at least 32 characters: openssl rand -hex 32')
  const bytes = (what: string, length: number) =>
    Buffer.from(hkdfSync('sha256', secret, '', `${PURPOSE}: ${what}`, length))
  return { keyId: bytes('key id', 8).toString('hex').slice(0, KEY_ID_LENGTH), key: bytes('key', 32) }
}
