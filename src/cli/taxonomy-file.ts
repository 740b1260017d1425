import { join } from 'node:path'
import { templatesDir, typedPath } from './paths.ts'

/** The taxonomy file that somebody named, or the one in TEMPLATES_DIR. */
export function taxonomyFile(named: string | undefined): string {
  return named ? typedPath(named) : join(templatesDir(undefined), 'taxonomy.yaml')
}
