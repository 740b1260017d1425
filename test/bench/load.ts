import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** One request of a round; `{sn}` in the body is replaced by a number that grows with every request. */
export interface LoadRequest {
  method: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  body?: string
}

/** A bounded load on loopback: it ends with its time or its count, whichever comes first. */
export interface LoadPlan {
  port: number
  /** Concurrent keep-alive connections, one request at a time on each. */
  clients: number
  seconds: number
  most: number
  /** Taken in turn. */
  requests: readonly LoadRequest[]
}

export interface LoadResult {
  seconds: number
  answered: number
  /** How many answers had which status. */
  statuses: Record<string, number>
  failed: number
  /** As the clients saw it. */
  p50Ms: number
  p95Ms: number
  /** CPU of the clients' process: near 1 the clients are what limits. */
  cpu: number
}

export interface Load {
  run(plan: LoadPlan): Promise<LoadResult>
  close(): Promise<void>
}

/** Clients in a process of their own, so that they do not share the server's event loop. */
export function startLoad(): Load {
  const child: ChildProcess = fork(fileURLToPath(new URL('./load-client.ts', import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  return {
    async run(plan) {
      const gone = AbortSignal.timeout((plan.seconds + 20) * 1000)
      child.send(plan)
      const [result] = await once(child, 'message', { signal: gone })
      return result as LoadResult
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.disconnect()
      await exit
    },
  }
}
