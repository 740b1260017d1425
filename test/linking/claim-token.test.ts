import { expect, test } from 'vitest'
import { CLAIM_TTL_MS, ClaimTokenError, createLinking, maskMail, maskName } from '../../src/linking/index.ts'
import { weighText } from '../../src/replies/weigh.ts'
import { signSessionToken } from '../../src/streaming/index.ts'

const SECRET = 'the secret of this installation'
const now = new Date('2026-11-22T10:00:00Z')
const claim = { caseId: 4711, network: 'x', authorId: '1458021986513039361' }

function linkingWith(secrets = [SECRET], publicUrl = 'https://care.hinata.example.com') {
  return createLinking({
    publicUrl,
    secrets,
    x: {
      clientId: 'id',
      clientSecret: null,
      authorizeUrl: 'https://x.com/i/oauth2/authorize',
      apiOrigin: 'https://api.x.com',
    },
    shop: { issuer: 'https://id.hinata.example.com', clientId: 'id', clientSecret: 'secret' },
  })
}

const tokenOf = (url: string | null) => url?.split('/c/')[1] ?? ''

function reasonOf(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    if (error instanceof ClaimTokenError) return error.reason
    throw error
  }
  return 'none'
}

test('an invitation tells case, network and author again, for seven days and no longer', () => {
  const linking = linkingWith()
  const token = tokenOf(linking.claimLink({ ...claim, now }))
  const last = new Date(now.getTime() + CLAIM_TTL_MS - 1000)
  expect(linking.readClaim(token, last)).toMatchObject(claim)
  const after = new Date(now.getTime() + CLAIM_TTL_MS + 60_000)
  expect(reasonOf(() => linking.readClaim(token, after))).toBe('expired')
})

test('whatever is changed in an invitation, it is not ours any more', () => {
  const linking = linkingWith()
  const token = tokenOf(linking.claimLink({ ...claim, now }))
  for (let place = 0; place < token.length; place += 1) {
    if (token[place] === '.') continue
    const changed = `${token.slice(0, place)}${token[place] === 'A' ? 'B' : 'A'}${token.slice(place + 1)}`
    // The last letter of base64url carries bits that nobody reads: the text counts, not what it decodes to.
    expect(
      reasonOf(() => linking.readClaim(changed, now)),
      changed,
    ).toBe('bad-signature')
  }
  for (const text of ['', '.', 'x.y', `${token}=`, `${token}x`, token.slice(1), token.replace('.', '')]) {
    expect(['malformed', 'bad-signature']).toContain(reasonOf(() => linking.readClaim(text, now)))
  }
})

test('another secret signs nothing of ours, the one before still counts', () => {
  const token = tokenOf(linkingWith(['the secret of before, long gone']).claimLink({ ...claim, now }))
  expect(reasonOf(() => linkingWith().readClaim(token, now))).toBe('bad-signature')
  expect(linkingWith([SECRET, 'the secret of before, long gone']).readClaim(token, now)).toMatchObject(claim)
})

test('a token of a streaming session is no invitation, though the same secret signs both', () => {
  const session = { sid: 's', customerId: 'c', orderId: 'o', orderLineId: 'l', title: 't' }
  const token = signSessionToken(session, SECRET, { now, ttlSeconds: 60 })
  const [body, mac = ''] = token.split('.')
  for (const given of [token, `${body}.${mac.slice(0, 22)}`]) {
    expect(reasonOf(() => linkingWith().readClaim(given, now))).not.toBe('none')
  }
})

test('in a post the link weighs 23, on a machine of one’s own as well', () => {
  for (const url of ['https://care.hinata.example.com', 'http://localhost:3000', 'http://127.0.0.1:41234']) {
    const link = linkingWith([SECRET], url).claimLink({ ...claim, now })
    expect(weighText(`Sorry! ${link}`), url).toBe(7 + 23)
    expect(weighText(`申し訳ございません。${link} からどうぞ`), url).toBe(20 + 23 + 1 + 10)
  }
})

test('nobody is invited from a network that nobody can sign in to', () => {
  expect(linkingWith().claimLink({ ...claim, network: 'replay', now })).toBeNull()
})

test('the longest id of any network fits, and names in the link nothing else', () => {
  const linking = linkingWith()
  const authorId = `did:plc:${'z'.repeat(192)}`
  const token = tokenOf(linking.claimLink({ caseId: 9_007_199_254_740_991, network: 'x', authorId, now }))
  expect(linking.readClaim(token, now)).toMatchObject({ caseId: 9_007_199_254_740_991, authorId })
})

test('names and mail addresses are recognised by whom they belong to only', () => {
  expect(maskName('Laura Whitfield')).toBe('L••• W•••')
  expect(maskName('佐藤 美咲')).toBe('佐••• 美•••')
  expect(maskName('  ')).toBeNull()
  expect(maskMail('laura.whitfield@example.com')).toBe('l•••@e•••.com')
  expect(maskMail('not an address')).toBeNull()
  expect(maskMail(null)).toBeNull()
})
