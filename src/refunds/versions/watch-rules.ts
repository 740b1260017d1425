import { fingerprintOf } from '../../fingerprint.ts'
import { refundLog } from '../../log.ts'
import type { Store } from '../../store/database.ts'
import { type Fault, formatFault, TemplateFileError } from '../../yaml-file.ts'
import { type KnownTemplates, loadRefundRules } from '../rules/load.ts'
import type { RefundRule } from '../rules/rule.ts'
import { knowsRules, registerRules } from './versions.ts'

/** A look is one `stat` a file. */
const EVERY_MS = 5_000

/** The folder of rules as this process last saw it. */
export interface RuleFiles {
  /** The rules as edited. @throws TemplateFileError */
  load(): RefundRule[]
  /** What is wrong with the files now: while there is something, none of them is taken over. */
  faults(): readonly Fault[]
  stop(): Promise<void>
}

/**
 * Takes the rule files over at the start, and again whenever one of them changes, without a restart. A folder with a
 * fault is taken over as a whole or not at all: what the database knows goes on deciding.
 * @param options.known what rules may name: a mail that is not there is a fault too
 * @throws TemplateFileError where the files have a fault and the database knows no rule yet
 */
export async function watchRules(
  store: Store,
  dir: string,
  options: { activateFirst: boolean; realMoney?: boolean; known?: KnownTemplates; everyMs?: number },
): Promise<RuleFiles> {
  const load = () => loadRefundRules(dir, options.known)
  let faults: Fault[] = []
  let seen = ''

  async function takeOver(): Promise<void> {
    const now = fingerprintOf([dir], /\.ya?ml$/)
    if (now === seen) return
    try {
      const { shadow } = await registerRules(store, load(), options)
      faults = []
      if (shadow.length > 0) refundLog.info({ rules: shadow }, 'changed rules run in the shadow')
    } catch (error) {
      if (!(error instanceof TemplateFileError)) throw error
      faults = error.faults
      refundLog.error(
        { faults: faults.map(formatFault) },
        'the refund rules have faults: none of them is taken over, the active versions go on',
      )
    }
    seen = now
  }

  await takeOver()
  if (faults.length > 0 && !(await knowsRules(store))) throw new TemplateFileError(faults)
  let running: Promise<void> | null = null
  const timer = setInterval(() => {
    running ??= takeOver()
      .catch((error: unknown) => refundLog.error({ err: error }, 'the refund rules could not be taken over'))
      .finally(() => {
        running = null
      })
  }, options.everyMs ?? EVERY_MS).unref()
  return {
    load,
    faults: () => faults,
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}
