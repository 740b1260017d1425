import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A text that changes whenever a file of a folder (or a file by itself) is written, added, removed or replaced: one
 * `stat` a file. What can not be read is part of it.
 * @param paths files and folders; folders with all that is in them
 * @param wanted which files of folders count, by name
 */
export function fingerprintOf(paths: readonly string[], wanted: RegExp = /./): string {
  return paths.map((path) => look(path, wanted)).join('\n')
}

function look(path: string, wanted: RegExp): string {
  try {
    const stat = statSync(path)
    if (!stat.isDirectory()) return `${path} ${stat.ino} ${stat.size} ${stat.mtimeMs}`
    return readdirSync(path, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && wanted.test(entry.name))
      .map((entry) => look(join(entry.parentPath, entry.name), wanted))
      .sort()
      .join('\n')
  } catch (error) {
    return `${path} can not be read: ${(error as Error).message}`
  }
}
