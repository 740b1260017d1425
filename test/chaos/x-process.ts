import { startSandbox } from '../../src/sandbox/index.ts'

/** The sandbox's X in a process of its own, driven over its IPC channel; see x-simulator.ts. */
export type XAction =
  | { do: 'post'; key: string; author: string; text: string }
  | { do: 'edit'; key: string; text: string }
  | { do: 'delete'; key: string }

/** Everything that stands, or stood, on the simulator's X. */
export interface XState {
  posts: {
    id: string
    key: string | null
    author: string
    text: string
    createdAt: string
    editHistory: string[]
    deletedAt: string | null
  }[]
  replies: { id: string; inReplyTo: string; createdAt: string; text: string }[]
  /** Answers of its API by endpoint and status; 0 where the connection was cut. */
  answers: Record<string, number>
}

export type XCall = { call: 'act'; actions: XAction[] } | { call: 'drop'; share: number } | { call: 'state' }

const { dir, limits } = JSON.parse(process.argv[2] as string) as { dir: string; limits: 'real' | 'raised' }
const { x } = await startSandbox({ dir, feed: 'none', limits })
const { control } = x
const { origin, ca, apiKey, apiSecret, accessToken, accessSecret, username } = x
/** Raised: a stop of the listener must not make X itself forget what nobody read yet. */
if (limits === 'raised') control.setReach({ mentions: 1_000_000, userPosts: 1_000_000 })
const idOf = new Map<string, string>()
const keyOf = new Map<string, string>()
const deletedAt = new Map<string, string>()

function act(action: XAction): void {
  if (action.do === 'post') name(action.key, control.post({ author: action.author, text: action.text }))
  const id = idOf.get(action.key)
  if (id === undefined) throw new Error(`there is no post ${action.key}`)
  if (action.do === 'edit') name(action.key, control.editPost(id, action.text))
  if (action.do === 'delete') {
    control.deletePost(id)
    deletedAt.set(id, new Date().toISOString())
  }
}

function name(key: string, id: string): void {
  idOf.set(key, id)
  keyOf.set(id, key)
}

function state(): XState {
  const answers: Record<string, number> = {}
  for (const { endpoint, status } of control.requests()) {
    const line = `${endpoint} ${status}`
    answers[line] = (answers[line] ?? 0) + 1
  }
  return {
    posts: control
      .posts()
      .filter((post) => post.author.username !== username)
      .map((post) => ({
        id: post.id,
        key: keyOf.get(post.id) ?? null,
        author: post.author.username,
        text: post.displayText,
        createdAt: post.createdAt,
        editHistory: post.editHistory,
        deletedAt: deletedAt.get(post.editHistory.at(-1) as string) ?? null,
      })),
    replies: control
      .timeline()
      .flatMap(({ id, inReplyTo, createdAt, displayText }) =>
        inReplyTo === undefined ? [] : [{ id, inReplyTo, createdAt, text: displayText }],
      ),
    answers,
  }
}

process.on('message', (asked: XCall) => {
  if (asked.call === 'act') for (const action of asked.actions) act(action)
  if (asked.call === 'drop')
    control.inject({ route: 'create_post', kind: 'drop-after', times: 1e9, share: asked.share })
  process.send?.({ answer: asked.call === 'state' ? state() : null })
})
process.once('disconnect', () => process.exit())
process.send?.({ origin, ca, username, keys: { apiKey, apiSecret, accessToken, accessSecret } })
