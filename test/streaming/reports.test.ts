import { expect, test } from 'vitest'
import { CmcdParseError, type CmcdReport, decodeReport, parseCmcdBody } from '../../src/streaming/index.ts'

const at = new Date('2026-11-20T20:00:00Z')

function decode(cmcd: string, mode: CmcdReport['mode'] = 'event') {
  return decodeReport({ at, mode, cmcd })
}

test('a v2 event report gives its keys', () => {
  const line =
    'bl=(0),br=(876),cid="asset-1",e=ps,ec=("E1" "E2"),mtp=(500),sid="abc",sn=13,sta=r,ts=1795303271689,v=2'
  expect(decode(line)).toMatchObject({
    v: 2,
    sid: 'abc',
    cid: 'asset-1',
    sn: 13,
    ts: 1795303271689,
    event: 'ps',
    state: 'r',
    br: 876,
    bl: 0,
    mtp: 500,
    ec: 'E1 E2',
    bs: false,
    implausible: [],
  })
})

test('of several tracks the bitrate is the video one', () => {
  expect(decode('br=(128;a 876;v),sid="x"').br).toBe(876)
  expect(decode('br=(9000;a 876;v),sid="x"').br).toBe(876)
  expect(decode('br=(128 876),sid="x"').br).toBe(876)
})

test('a v1 query is read as it stood in the URL, and v1 headers as they were sent', () => {
  const encoded = 'bl%3D2000%2Cbr%3D1000%2Cbs%2Csid%3D%22x%22'
  for (const query of [encoded, `CMCD=${encoded}`, `https://cdn.example/1.m4s?a=1&CMCD=${encoded}`]) {
    expect(decode(query, 'query')).toMatchObject({ v: 1, sid: 'x', br: 1000, bs: true })
  }
  const headers = 'CMCD-Object: br=1000,ot=v\r\nCMCD-Session: sid="x"\r\nCMCD-Status: bs'
  expect(decode(headers, 'header')).toMatchObject({ sid: 'x', br: 1000, bs: true, ot: 'v' })
})

test('values that can not be true are left out and noted', () => {
  const report = decode('br=(-5),sid="x",sn=-1,ts=5,bl=(99999999999)')
  expect(report).toMatchObject({ br: null, sn: null, ts: null, bl: null, sid: 'x' })
  expect(report.implausible).toHaveLength(4)
})

test.each(['', 'hello', 'hello there', '{"sid":"x"}', 'sid="x","y"', 'sid="x', `sid="${'x'.repeat(65)}"`])(
  'garbage is refused: %j',
  (garbage) => {
    expect(() => decode(garbage)).toThrow(CmcdParseError)
  },
)

test('a report longer than any player sends is refused', () => {
  expect(() => decode(`sid="x",url="${'u'.repeat(20_000)}"`)).toThrow(/at most 16384/)
})

test('a broken line in a batch is a fault with its number and the others go on', () => {
  const body = 'sid="x",sn=1\r\n\n<html>\nsid="x",sn=2\n'
  expect(parseCmcdBody(body, 'application/cmcd; charset=utf-8')).toEqual({
    reports: [
      { cmcd: 'sid="x",sn=1', sid: 'x', sn: 1, state: null },
      { cmcd: 'sid="x",sn=2', sid: 'x', sn: 2, state: null },
    ],
    faults: [expect.stringMatching(/^line 3: not CMCD/)],
  })
})

test('an empty body and another content type are faults', () => {
  expect(parseCmcdBody(' \n', 'application/cmcd').faults).toHaveLength(1)
  expect(parseCmcdBody('{"sid":"x"}', 'application/json')).toEqual({
    reports: [],
    faults: [expect.stringContaining('send application/cmcd')],
  })
})

test('a body without end is cut with a fault', () => {
  const { reports, faults } = parseCmcdBody('sid="x"\n'.repeat(5_000), 'application/cmcd')
  expect(reports).toHaveLength(2_000)
  expect(faults).toHaveLength(1)
})
