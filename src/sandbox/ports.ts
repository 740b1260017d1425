import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Ports {
  x?: number
  web?: number
  smtp?: number
}

/** The ports of the last run, so that addresses handed out then still lead somewhere after a restart. */
export function readPorts(dir: string): Ports {
  const path = join(dir, 'ports.json')
  try {
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Ports) : {}
  } catch {
    return {}
  }
}

export function writePorts(dir: string, ports: Ports): void {
  writeFileSync(join(dir, 'ports.json'), JSON.stringify(ports))
}
