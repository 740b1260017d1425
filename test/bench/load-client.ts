import { Agent, request } from 'node:http'
import type { LoadPlan, LoadRequest, LoadResult } from './load.ts'
import { percentile } from './report.ts'

/** Runs the plans that the parent sends, one after the other; ends when the parent lets go. */
let sequence = 0

async function run(plan: LoadPlan): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: plan.clients })
  const statuses: Record<string, number> = {}
  const latencies: number[] = []
  let failed = 0
  let sent = 0
  const cpuBefore = process.cpuUsage()
  const started = performance.now()
  const end = started + plan.seconds * 1000
  async function client(): Promise<void> {
    while (sent < plan.most && performance.now() < end) {
      const next = plan.requests[sent % plan.requests.length] as LoadRequest
      sent += 1
      const asked = performance.now()
      try {
        const status = await ask(agent, plan.port, next)
        latencies.push(performance.now() - asked)
        statuses[status] = (statuses[status] ?? 0) + 1
      } catch {
        failed += 1
      }
    }
  }
  await Promise.all(Array.from({ length: plan.clients }, client))
  const seconds = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  agent.destroy()
  return {
    seconds,
    answered: latencies.length,
    statuses,
    failed,
    p50Ms: percentile(latencies, 0.5),
    p95Ms: percentile(latencies, 0.95),
    cpu: (user + system) / 1e6 / seconds,
  }
}

function ask(agent: Agent, port: number, { method, path, headers, body }: LoadRequest): Promise<number> {
  const payload = body?.replaceAll('{sn}', String(++sequence))
  const length: Record<string, number> =
    payload === undefined ? {} : { 'content-length': Buffer.byteLength(payload) }
  return new Promise((done, fail) => {
    const call = request(
      { agent, host: '127.0.0.1', port, method, path, headers: { ...headers, ...length } },
      (response) => {
        response.on('error', fail)
        response.on('end', () => done(response.statusCode ?? 0))
        response.resume()
      },
    )
    call.on('error', fail)
    call.end(payload)
  })
}

process.on('message', (plan: LoadPlan) => {
  void run(plan).then((result) => process.send?.(result))
})
