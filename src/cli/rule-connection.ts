import { join } from 'node:path'
import type { Config } from '../config.ts'
import { loadPayouts } from '../refunds/payouts/payouts.ts'

/** Whether a second person has to agree before a version pays. */
export function asksFourEyes({ templatesDir }: Pick<Config, 'templatesDir'>): boolean {
  return loadPayouts(join(templatesDir, 'payouts.yaml')).activation.fourEyes
}
