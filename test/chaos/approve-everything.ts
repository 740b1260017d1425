import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse, stringify } from 'yaml'

/**
 * The shipped templates with a policy under which everything that has a text goes out by itself; X shows our own posts
 * soon, and nothing is searched for beside the mentions.
 */
export function approveEverything(folder: string, network: 'replay' | 'x'): string {
  mkdirSync(folder, { recursive: true })
  cpSync(resolve(process.env.TEMPLATES_DIR ?? 'templates'), folder, { recursive: true })
  change(join(folder, 'policy.yaml'), (policy) => {
    policy.autoApprove = [
      { codes: ['*'], maxSeverity: 3, minConfidence: 0, languages: ['en', 'ja'], networks: [network] },
    ]
    delete policy.quietHours
    delete policy.caps
    delete policy.reviewShare
  })
  change(join(folder, 'listening.yaml'), ({ x }) => {
    Object.assign(x as object, { searches: [], showsUpSeconds: 2 })
  })
  return folder
}

function change(file: string, work: (content: Record<string, unknown>) => void): void {
  const content = parse(readFileSync(file, 'utf8'))
  work(content)
  writeFileSync(file, stringify(content))
}
