import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import type { Servers } from './servers.ts'

/** What the numbers were measured on; without it they say nothing. */
export interface Machine {
  cpu: string
  cores: number
  memoryGiB: number
  /** Jobs that wanted a core in the last minute, before anything was measured: others who share the machine. */
  load: number
  node: string
  postgres: string | null
  redis: string | null
  at: string
}

export function describeMachine(servers: Servers | null): Machine {
  return {
    cpu: cpus()[0]?.model.trim() || process.arch,
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    node: process.versions.node,
    postgres: servers?.postgres.version ?? null,
    redis: servers?.redis?.version ?? null,
    at: new Date().toISOString(),
  }
}

export function showMachine(machine: Machine): string {
  const parts = [
    `${machine.cores} cores (${machine.cpu})`,
    `${machine.memoryGiB} GiB`,
    `load ${machine.load} at the start`,
    `Node ${machine.node}`,
  ]
  if (machine.postgres) parts.push(`Postgres ${machine.postgres} (embedded)`)
  if (machine.redis) parts.push(`Redis ${machine.redis}`)
  return `${parts.join(' · ')}\n`
}
