import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { XAction, XCall, XState } from './x-process.ts'

export interface XSimulator {
  /** What the product is told of it. */
  env: Record<string, string>
  username: string
  act(actions: XAction[]): Promise<void>
  /** Drops this share of the connections after a reply was written. */
  drop(share: number): Promise<void>
  state(): Promise<XState>
  close(): Promise<void>
}

/** Starts the sandbox's X in a process of its own; `raised` limits are a thousand times X's, and it forgets nothing. */
export async function startXSimulator(dir: string, limits: 'real' | 'raised'): Promise<XSimulator> {
  const child: ChildProcess = fork(
    fileURLToPath(new URL('x-process.ts', import.meta.url)),
    [JSON.stringify({ dir, limits })],
    { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: ['--max-old-space-size=6000'] },
  )
  const [{ origin, ca, username, keys }] = await once(child, 'message')
  const caFile = join(dir, 'ca.pem')
  writeFileSync(caFile, ca)
  let turn: Promise<unknown> = Promise.resolve()
  // One call at a time: answers come in the order of the calls.
  function ask(call: XCall): Promise<unknown> {
    const answer = turn.then(async () => {
      child.send(call)
      const [message] = await once(child, 'message')
      return message.answer
    })
    turn = answer.catch(() => {})
    return answer
  }
  return {
    username,
    env: {
      X_API_ORIGIN: origin,
      X_API_KEY: keys.apiKey,
      X_API_SECRET: keys.apiSecret,
      X_ACCESS_TOKEN: keys.accessToken,
      X_ACCESS_SECRET: keys.accessSecret,
      NODE_EXTRA_CA_CERTS: caFile,
    },
    act: async (actions) => void (await ask({ call: 'act', actions })),
    drop: async (share) => void (await ask({ call: 'drop', share })),
    state: async () => (await ask({ call: 'state' })) as XState,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}
