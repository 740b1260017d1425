import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ndjson, runCli, startCli } from './run-cli.ts'

const POSTS = [
  { id: 'b', text: 'My parcel is two weeks late' },
  { id: 'a', text: '箱が潰れて届いて、中の本が折れていました' },
  { id: 7, text: '' },
]

describe('classify', () => {
  test('answers each post in its own order and shape', async () => {
    const { code, err, lines } = await runCli(['classify'], { stdin: ndjson(POSTS) })
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(lines().map((line) => line.id)).toEqual(['b', 'a', 7])
    for (const line of lines()) {
      expect(Object.keys(line)).toEqual([
        'id',
        'language',
        'sentiment',
        'code',
        'codes',
        'severity',
        'confidence',
      ])
      expect(['negative', 'neutral', 'positive']).toContain(line.sentiment.label)
      expect(line.codes[0]).toBe(line.code)
    }
    expect(lines()[0]).toMatchObject({ language: 'en', code: 'delivery.late' })
    expect(lines()[1]).toMatchObject({ language: 'ja', code: 'packaging.damage' })
  })

  test('--explain adds the words that decided, at their places in the text', async () => {
    const { lines } = await runCli(['classify', '--explain'], { stdin: ndjson(POSTS.slice(0, 1)) })
    const [{ reasons, needsPerson, optOut }] = lines()
    const cue = reasons.find((reason: { kind: string }) => reason.kind === 'cue')
    expect(POSTS[0]?.text.slice(cue.start, cue.end)).toBe(cue.text)
    expect({ needsPerson, optOut }).toEqual({ needsPerson: null, optOut: false })
  })

  test('--explain adds what the post names, its days counted from when it was written', async () => {
    const text = '注文番号：A-10023 のそらケトル、昨日1,980円で買ったのに。090-1234-5678まで'
    const stdin = ndjson([{ id: 1, text, created_at: '2026-11-18T03:00:00Z' }])
    const { lines } = await runCli(['classify', '--explain'], { stdin })
    expect(lines()[0].entities).toEqual([
      { kind: 'order', start: 5, end: 12, text: 'A-10023' },
      {
        kind: 'product',
        id: 'kettle-sora',
        name: { en: 'Sora electric kettle, 1 L', ja: 'そら電気ケトル 1L' },
        start: 14,
        end: 19,
        text: 'そらケトル',
      },
      { kind: 'date', start: 20, end: 22, date: '2026-11-17', text: '昨日' },
      { kind: 'amount', start: 22, end: 28, amountMinor: 1980, currency: 'JPY', text: '1,980円' },
      { kind: 'phone', start: 35, end: 48 },
    ])
  })

  test('a bad line is told with its number, the others go on, and the exit code is 1', async () => {
    const stdin = [
      '{"id":"1","text":"late"}',
      'late!',
      '',
      '{"id":"2"}',
      '{"id":{},"text":"x"}',
      '{"id":"3","text":"ok"}',
    ]
    const { code, err, lines } = await runCli(['classify'], { stdin: stdin.join('\n') })
    expect(lines().map((line) => line.id)).toEqual(['1', '3'])
    expect(err.split('\n')).toEqual([
      expect.stringMatching(/^line 2: not JSON .*; expected \{"id":"…","text":"…"\}$/),
      expect.stringMatching(/^line 4: text: must be a text; expected/),
      expect.stringMatching(/^line 5: id: must be a text; expected/),
      '',
    ])
    expect(code).toBe(1)
  })

  test('a line may end in CRLF, the file begin with a byte order mark, and a text hold U+2028', async () => {
    const { code, err, lines } = await runCli(['classify'], {
      stdin: '\uFEFF{"id":"1","text":"late\u2028again"}\r\n{"id":"2","text":"遅い"}',
    })
    expect(err).toBe('')
    expect(code).toBe(0)
    expect(lines().map((line) => line.id)).toEqual(['1', '2'])
  })

  test('a line of millions of characters is refused and does not stop the rest', async () => {
    const giant = JSON.stringify({ id: '1', text: 'x'.repeat(3_000_000) })
    const { code, err, lines } = await runCli(['classify'], {
      stdin: `${giant}\n{"id":"2","text":"ok"}\n${giant}`,
    })
    expect(err).toBe('line 1: is longer than 1000000 characters\nline 3: is longer than 1000000 characters\n')
    expect(lines().map((line) => line.id)).toEqual(['2'])
    expect(code).toBe(1)
  })

  test('an answer comes before the input ends', async () => {
    const child = startCli(['classify'])
    child.stdin.write('{"id":"first","text":"late"}\n')
    const [chunk] = await once(child.stdout, 'data')
    expect(JSON.parse(String(chunk)).id).toBe('first')
    const closed = once(child, 'close')
    child.stdin.end()
    expect((await closed)[0]).toBe(0)
  })

  test('a file larger than the memory it may use goes through', { timeout: 120_000 }, async () => {
    const child = startCli(['classify'], { node: ['--max-old-space-size=96'] })
    const padding = 'x'.repeat(10_000)
    let out = 0
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString().split('\n').length - 1
    })
    const closed = once(child, 'close')
    child.stdin.on('error', () => {})
    for (let id = 0; id < 20_000; id++) {
      const room = child.stdin.write(`${JSON.stringify({ id: String(id), text: 'late', padding })}\n`)
      if (!room) await Promise.race([once(child.stdin, 'drain'), closed])
    }
    child.stdin.end()
    expect((await closed)[0]).toBe(0)
    expect(out).toBe(20_000)
  })

  test('a reader that has seen enough (| head) is no error', async () => {
    const child = startCli(['classify'])
    let err = ''
    child.stderr.on('data', (chunk) => {
      err += chunk
    })
    child.stdin.on('error', () => {})
    const closed = once(child, 'close')
    child.stdin.write(ndjson(Array.from({ length: 3000 }, (_, id) => ({ id: String(id), text: 'late' }))))
    await once(child.stdout, 'data')
    child.stdout.destroy()
    child.stdin.end(ndjson(Array.from({ length: 3000 }, (_, id) => ({ id: String(id), text: 'late' }))))
    expect((await closed)[0]).toBe(0)
    expect(err).toBe('')
  })

  test('a fault in the taxonomy is told by file, line and column', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kikimimi-cli-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'codes.yaml')
    writeFileSync(file, 'version: 1\ncodes:\n  - code: Late Delivery\n')
    const { code, out, err } = await runCli(['classify', '--taxonomy', file], { stdin: ndjson(POSTS) })
    expect(out).toBe('')
    expect(err).toContain(`${file}:3:11: codes.0.code: must look like "delivery.late"`)
    expect(code).toBe(1)
  })
})
