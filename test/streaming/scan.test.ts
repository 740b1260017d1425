import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeReport } from '../../src/streaming/report.ts'
import { scanReport } from '../../src/streaming/scan.ts'

const at = new Date(0)

/** What the library makes of a report; null where it refuses it. */
function judge(cmcd: string) {
  try {
    const { sid, sn, state } = decodeReport({ at, mode: 'event', cmcd })
    return { sid, sn, state }
  } catch {
    return null
  }
}

const KEYS = 'sid cid e ot sta sn v ts br bl mtp bs bg ec pr nor com.example-key a * s-i_d sid2'.split(' ')
const token = fc.stringMatching(/^[A-Za-z*][!#$%&'*+\-.^_`|~\w:/]{0,12}$/)
const quoted = fc.oneof(
  fc.string({ maxLength: 20 }).map((text) => JSON.stringify(text)),
  fc.string({ maxLength: 20 }).map((text) => `"${text}"`),
  fc.constantFrom(
    '""',
    '"a"',
    '"p"',
    `"${'x'.repeat(64)}"`,
    `"${'x'.repeat(65)}"`,
    `"${'x'.repeat(129)}"`,
    '"é"',
  ),
)
const number = fc.oneof(
  fc.maxSafeInteger().map(String),
  fc.constantFrom('0', '-0', '007', '1.5', '999999999999999', '9999999999999999', '1.', '-', '+1', '1e3'),
)
const bare = fc.oneof(
  token,
  quoted,
  number,
  fc.constantFrom('?1', '?0', ':aGk=:', '@1795303271', 's', 'p', 'r', 'x'),
)
const item = fc
  .tuple(bare, fc.constantFrom('', '', '', ';v', ';a', ';v=1', '; v', ';V', ';'))
  .map(([value, parameters]) => value + parameters)
const list = fc
  .tuple(fc.array(item, { maxLength: 3 }), fc.constantFrom(' ', ' ', '  ', ',', ''))
  .map(([items, space]) => `(${items.join(space)})`)
const pair = fc
  .tuple(
    fc.oneof(fc.constantFrom(...KEYS), fc.string({ maxLength: 4 })),
    fc.oneof(item, list, fc.constant(null), fc.constant('')),
  )
  .map(([key, value]) => (value === null ? key : `${key}=${value}`))
const report = fc
  .tuple(fc.array(pair, { maxLength: 8 }), fc.constantFrom(',', ',', ',', ', ', ' ,', ',,', ';'))
  .map(([pairs, comma]) => pairs.join(comma))

test('what is read at a glance the library reads too, and alike', () => {
  let seen = 0
  fc.assert(
    fc.property(report, fc.boolean(), (text, withSid) => {
      const cmcd = withSid ? `sid="x",${text}` : text
      const glance = scanReport(cmcd)
      if (glance === null) return
      seen += 1
      expect(glance).toEqual(judge(cmcd))
    }),
    { numRuns: 20_000 },
  )
  expect(seen).toBeGreaterThan(100)
})

test('a changed character in a real report is read alike or left to the library', () => {
  const real =
    'bl=(0),br=(876 128;a),bs,cid="asset-1",e=ps,ec=("E1" "E2"),mtp=(500),sf=h,sid="6a1f-4c",sn=13,st=v,sta=r,ts=1795303271689,v=2'
  expect(scanReport(real)).toEqual({ sid: '6a1f-4c', sn: 13, state: 'r' })
  fc.assert(
    fc.property(
      fc.nat(real.length - 1),
      fc.nat(3),
      fc.oneof(fc.constantFrom(...'"\\,;=()?:@ -.*_aA0\u007f\u00e9'), fc.string({ maxLength: 3 })),
      (place, cut, put) => {
        const cmcd = (real.slice(0, place) + put + real.slice(place + cut)).trim()
        const glance = scanReport(cmcd)
        if (glance !== null) expect(glance).toEqual(judge(cmcd))
      },
    ),
    { numRuns: 20_000 },
  )
})

test.each([
  'bl=(21300),br=(3200),cid="casablanca",e=t,mtp=(25400),sf=h,sid="one",sn=7,st=v,sta=p,ts=1795303271689,v=2',
  'bl=(0),br=(876),cid="asset-1",e=ps,mtp=(500),sf=h,sid="one",sn=7,st=v,sta=p,ts=1795303271689,v=2',
  'br=(5000;v 128;a),bs,e=e,ec=("E1"),sid="one",sn=7,sta=p,v=2',
  'bl=21300,br=3200,bs,cid="film",d=4000,ot=v,sid="one",sn=7,sta=p',
])('what players send is read at a glance: %s', (cmcd) => {
  expect(scanReport(cmcd)).toEqual({ sid: 'one', sn: 7, state: 'p' })
})
