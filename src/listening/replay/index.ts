import { createHash } from 'node:crypto'
import { appendFile, open, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { z } from 'zod'
import {
  type HeardPost,
  type Network,
  NetworkError,
  type OwnReply,
  type Page,
  type PageRequest,
} from '../network.ts'

export interface ReplayOptions {
  file: string
  /** Factor over the recorded pace; null: as fast as possible. */
  speed: number | null
  /** NDJSON file that replies are appended to. */
  repliesFile: string
}

/** Files hold ids as text or as numbers; two different ids must never be mended into one. */
const idSchema = z
  .union([z.string().max(100), z.int()], 'must be text or a whole number')
  .transform(String)
  .refine(
    (id) => id !== '' && !id.includes('\u0000') && id.isWellFormed(),
    'must be text without NUL and half characters',
  )
const dateSchema = z
  .union([z.string(), z.number()], 'must be a date such as 2026-11-21T09:30:00Z')
  .pipe(z.coerce.date('must be a date such as 2026-11-21T09:30:00Z'))
  .refine((at) => at.getUTCFullYear() >= 1970 && at.getUTCFullYear() < 2200, 'must be of this age')

/** A line of a replay file; `inbound: false` marks posts of the brand's own accounts. */
const lineSchema = z.object({
  id: idSchema,
  author: idSchema,
  text: z.string().max(100_000),
  created_at: dateSchema,
  inbound: z.boolean().default(true),
  in_reply_to: idSchema.nullish(),
  quotes: idSchema.nullish(),
  conversation: idSchema.nullish(),
  name: z.string().max(200).nullish(),
  followers: z.number().int().nonnegative().nullish(),
  media: z.array(z.object({ kind: z.string(), url: z.url(), alt: z.string().optional() })).default([]),
})
type Line = z.infer<typeof lineSchema>

/** Where a replay stands, kept as the source's cursor. */
const cursorSchema = z.object({
  offset: z.number().int().nonnegative(),
  line: z.number().int().nonnegative(),
  /** When the replay began, in wall time and in the file's time: pace survives a restart. */
  startedAt: z.number().optional(),
  firstAt: z.number().optional(),
})
type Cursor = z.infer<typeof cursorSchema>

const replySchema = z.object({ id: z.string(), in_reply_to: z.string(), text: z.string() })

const PAGE_LINES = 500
const CHUNK_BYTES = 1 << 20

/** Plays posts from an NDJSON file as if they were heard now; replies go to a file. */
export function createReplayNetwork(options: ReplayOptions): Network {
  const file = resolve(options.file)
  const sourceId = `replay:${basename(file)}:${createHash('sha256').update(file).digest('hex').slice(0, 8)}`
  const readReplies = createReplyReader(options.repliesFile)

  async function readPage(_source: unknown, request: PageRequest): Promise<Page> {
    const cursor: Cursor = request.sinceId
      ? cursorSchema.parse(JSON.parse(request.sinceId))
      : { offset: 0, line: 0 }
    const { lines, atEnd } = await readLines(file, cursor.offset)
    const posts: HeardPost[] = []
    const malformed: Page['malformed'] = []
    let { offset, line } = cursor
    let waitMs: number | null = null
    for (const raw of lines) {
      const parsed =
        raw.text.trim() === ''
          ? null
          : parseLine(raw.text.replace(/^\uFEFF/, ''), `${basename(file)}:${line + 1}`)
      if (parsed !== null && 'post' in parsed) {
        waitMs = pace(parsed.post, cursor, options.speed)
        if (waitMs !== null) break
        posts.push(toHeardPost(parsed.post))
      } else if (parsed !== null) malformed.push(parsed)
      offset += raw.bytes
      line += 1
    }
    const more = waitMs === null && !atEnd
    return {
      posts,
      malformed,
      newestId: JSON.stringify({ ...cursor, offset, line } satisfies Cursor),
      oldestId: null,
      more,
      order: 'oldest-first',
      reach: null,
      ended: waitMs === null && atEnd,
      warning: null,
      againInMs: waitMs,
    }
  }

  return {
    name: 'replay',
    async sources() {
      const found = await stat(file).catch(() => null)
      if (!found?.isFile()) {
        throw new NetworkError(
          'invalid',
          `--replay ${options.file}: there is no such file (looked for ${file})`,
        )
      }
      return [{ id: sourceId, network: 'replay', kind: 'replay', query: null }]
    },
    readPage,
    async lookUp() {
      // Nobody edits or deletes in a file.
      return { state: 'present', edited: null }
    },
    async ownReplies() {
      await mendTail(options.repliesFile)
      return readReplies()
    },
    readbackMs: 0,
    async reply({ inReplyTo, text }) {
      await mendTail(options.repliesFile)
      const id = `reply-${inReplyTo}`
      const line = JSON.stringify({ id, in_reply_to: inReplyTo, text, at: new Date().toISOString() })
      await appendFile(options.repliesFile, `${line}\n`, { mode: 0o600 })
      return { externalId: id }
    },
    async reread(payload) {
      const parsed = parseLine(payload, 'read again')
      return 'post' in parsed ? toHeardPost(parsed.post) : { fault: parsed.reason }
    },
    async close() {},
  }
}

/**
 * Replies written so far, by any process; a line torn by a kill was never completed and is no reply.
 * The file only grows: what was read once is not read again.
 */
function createReplyReader(file: string): () => Promise<OwnReply[]> {
  const replies: OwnReply[] = []
  let offset = 0
  let turn: Promise<unknown> = Promise.resolve()
  async function readOn(): Promise<OwnReply[]> {
    const { size } = await stat(file).catch(unlessMissing({ size: 0 }))
    if (size > offset) {
      const handle = await open(file, 'r')
      try {
        const added = Buffer.alloc(size - offset)
        const { bytesRead } = await handle.read(added, 0, added.length, offset)
        const whole = added.subarray(0, bytesRead).lastIndexOf(10) + 1
        replies.push(...parseReplies(added.toString('utf8', 0, whole)))
        offset += whole
      } finally {
        await handle.close()
      }
    }
    return replies
  }
  return () => {
    const next = turn.then(readOn, readOn)
    turn = next
    return next
  }
}

function parseReplies(text: string): OwnReply[] {
  return text.split('\n').flatMap((line) => {
    try {
      const reply = replySchema.parse(JSON.parse(line))
      return [{ externalId: reply.id, inReplyTo: reply.in_reply_to, text: reply.text }]
    } catch {
      return []
    }
  })
}

/** Ends a line that a kill or a full disk tore, so that the next reply starts on its own. */
async function mendTail(file: string): Promise<void> {
  const { size } = await stat(file).catch(unlessMissing({ size: 0 }))
  if (size === 0) return
  const handle = await open(file, 'r')
  try {
    const last = Buffer.alloc(1)
    await handle.read(last, 0, 1, size - 1)
    if (last[0] !== 10) await appendFile(file, '\n')
  } finally {
    await handle.close()
  }
}

/** A file that is not there yet is empty; one that can not be read must never pass for empty. */
function unlessMissing<T>(empty: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return empty
    throw error
  }
}

function parseLine(text: string, place: string): { post: Line } | { reason: string; payload: string } {
  try {
    const parsed = lineSchema.safeParse(JSON.parse(text))
    if (parsed.success) return { post: parsed.data }
    return { reason: `${place}: ${z.prettifyError(parsed.error)}`, payload: text }
  } catch (error) {
    return { reason: `${place}: not JSON: ${(error as Error).message}`, payload: text }
  }
}

/** Milliseconds until this post is due; null: now. Sets the pace's origin at the first post. */
function pace(post: Line, cursor: Cursor, speed: number | null): number | null {
  if (speed === null) return null
  cursor.startedAt ??= Date.now()
  cursor.firstAt ??= post.created_at.getTime()
  const due = cursor.startedAt + (post.created_at.getTime() - cursor.firstAt) / speed
  return due > Date.now() ? Math.min(due - Date.now(), 60_000) : null
}

function toHeardPost(line: Line): HeardPost {
  return {
    externalId: line.id,
    author: {
      id: line.author,
      username: line.author,
      name: line.name ?? null,
      followers: line.followers ?? null,
    },
    text: line.text,
    createdAt: line.created_at,
    conversationId: line.conversation ?? null,
    replyToId: line.in_reply_to ?? null,
    quotedId: line.quotes ?? null,
    repostOfId: null,
    editOfId: null,
    summoned: line.inbound,
    own: !line.inbound,
    media: line.media,
    context: {},
  }
}

/** Up to PAGE_LINES whole lines from a byte offset. */
async function readLines(file: string, offset: number) {
  const handle = await open(file, 'r')
  try {
    const { size } = await handle.stat()
    const lines: { text: string; bytes: number }[] = []
    let rest = Buffer.alloc(0)
    let position = offset
    while (lines.length < PAGE_LINES) {
      const chunk = Buffer.alloc(CHUNK_BYTES)
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, position)
      position += bytesRead
      rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)])
      let end = rest.indexOf(10)
      while (end >= 0 && lines.length < PAGE_LINES) {
        lines.push({ text: rest.toString('utf8', 0, end), bytes: end + 1 })
        rest = rest.subarray(end + 1)
        end = rest.indexOf(10)
      }
      if (bytesRead === 0) {
        if (rest.length > 0 && lines.length < PAGE_LINES)
          lines.push({ text: rest.toString('utf8'), bytes: rest.length })
        break
      }
    }
    const read = lines.reduce((sum, line) => sum + line.bytes, 0)
    return { lines, atEnd: offset + read >= size }
  } finally {
    await handle.close()
  }
}
