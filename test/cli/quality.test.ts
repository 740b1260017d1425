import { describe, expect, test } from 'vitest'
import { casablanca, play, playV1, quoteHunter } from '../streaming/player.ts'
import { ndjson, runCli } from './run-cli.ts'

describe('quality', () => {
  test('tells stalls from the own pauses of a viewer, whatever the order of the reports', async () => {
    const bad = play(casablanca, { sid: 'bad' }).reverse()
    const fine = play(quoteHunter, { sid: 'fine' }).reverse()
    const mixed = bad.flatMap((report, index) => [report, ...(fine[index] ? [fine[index]] : [])])
    const { code, err, lines } = await runCli(['quality'], {
      stdin: ndjson([...mixed, ...fine.slice(bad.length)]),
    })
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(lines()).toEqual([
      {
        sid: 'bad',
        cid: 'film-1',
        startupMs: 4000,
        playedMs: 2_401_000,
        stalls: 9,
        stalledMs: 72_000,
        rebufferRatio: 72_000 / 2_473_000,
        avgBitrateKbps: 3000,
        switches: 0,
        error: null,
      },
      expect.objectContaining({ sid: 'fine', stalls: 0, stalledMs: 0, rebufferRatio: 0 }),
    ])
  })

  test('what version 1 can not tell is null', async () => {
    const { lines } = await runCli(['quality'], { stdin: ndjson(playV1(4)) })
    expect(lines()).toHaveLength(1)
    expect(lines()[0]).toMatchObject({ playedMs: null, stalledMs: null, rebufferRatio: null })
  })

  test('lines that are not reports are told by number and the session is measured without them', async () => {
    const good = play(casablanca)
    const bad = [
      { ...good[0], cmcd: 'hello' },
      { ...good[0], at: 'yesterday' },
      { ...good[0], mode: 'json' },
      { ...good[0], cmcd: 'e=ps,sn=1,sta=p,v=2' },
    ]
    const { code, err, lines } = await runCli(['quality'], { stdin: ndjson([...bad, ...good]) })
    expect(err.split('\n')).toEqual([
      expect.stringMatching(/^line 1: cmcd: .*"hello"/),
      expect.stringMatching(/^line 2: at: must be a time such as/),
      expect.stringMatching(/^line 3: mode: must be query, header or event/),
      expect.stringMatching(/^line 4: cmcd: has no sid/),
      '',
    ])
    expect(lines()).toMatchObject([{ sid: 'session-1', stalls: 9 }])
    expect(code).toBe(1)
  })
})
