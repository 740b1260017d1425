import type { LoadPlan, LoadRequest, LoadResult } from './load.ts'
import { percentile } from './report.ts'
import { connectTo, type WireConnection } from './wire.ts'

/** Runs the plans that the parent sends, one after the other; ends when the parent lets go. */
let sequence = 0

async function run(plan: LoadPlan): Promise<LoadResult> {
  const statuses: Record<string, number> = {}
  const latencies: number[] = []
  const heads = new Map<LoadRequest, string>()
  let failed = 0
  let sent = 0
  const cpuBefore = process.cpuUsage()
  const started = performance.now()
  const end = started + plan.seconds * 1000
  async function client(): Promise<void> {
    let connection: WireConnection | null = null
    while (sent < plan.most && performance.now() < end) {
      const next = plan.requests[sent % plan.requests.length] as LoadRequest
      sent += 1
      const asked = performance.now()
      try {
        connection ??= await connectTo(plan.port)
        const status = await connection.ask(wordsOf(next, heads))
        latencies.push(performance.now() - asked)
        statuses[status] = (statuses[status] ?? 0) + 1
      } catch {
        failed += 1
        connection?.close()
        connection = null
      }
    }
    connection?.close()
  }
  await Promise.all(Array.from({ length: plan.clients }, client))
  const seconds = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
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

/** The request as it goes over the wire. */
function wordsOf(request: LoadRequest, heads: Map<LoadRequest, string>): string {
  let head = heads.get(request)
  if (head === undefined) {
    const headers = { host: '127.0.0.1', ...request.headers }
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    head = `${request.method} ${request.path} HTTP/1.1\r\n${lines.join('')}`
    heads.set(request, head)
  }
  if (request.body === undefined) return `${head}\r\n`
  const body = request.body.replaceAll('{sn}', String(++sequence))
  return `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

process.on('message', (plan: LoadPlan) => {
  void run(plan).then((result) => process.send?.(result))
})
