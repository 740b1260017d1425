import type { CheckText } from '../cases/index.ts'
import type { Config, SandboxParts } from '../config.ts'
import type { Queues } from '../queue/index.ts'
import type { Store, Trx } from '../store/database.ts'

export interface DeskOptions {
  store: Store
  /** For the one connection that listens for changes. */
  databaseUrl: string
  queues: Pick<Queues, 'enqueue' | 'counts'>
  config: Pick<Config, 'publicUrl' | 'trustProxy'>
  /** `web`: origin of the sandbox's own pages, null where nothing is played. */
  sandbox: { web: string | null; parts: SandboxParts }
  replies: { check: CheckText; policy: { enterprise: boolean } }
  taxonomy: {
    codes: readonly {
      code: string
      name: { en: string; ja: string }
      description: { en: string; ja: string }
    }[]
  }
  refunds: {
    /** Writes the ledger's lines for a refund that a person grants. */
    reserve(trx: Trx, refundId: number): Promise<void>
  }
}
