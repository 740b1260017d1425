import type { CheckText } from '../cases/index.ts'
import type { Config, SandboxParts } from '../config.ts'
import type { Queues } from '../queue/index.ts'
import type { Gateways, Payouts, RefundRule, ShopClient } from '../refunds/index.ts'
import type { FourEyesRule } from '../replies/index.ts'
import type { Store } from '../store/database.ts'
import type { Fault } from '../yaml-file.ts'

export interface DeskOptions {
  store: Store
  /** For the one connection that listens for changes. */
  databaseUrl: string
  queues: Pick<Queues, 'enqueue' | 'counts'>
  config: Pick<Config, 'publicUrl' | 'trustProxy'> & Partial<Pick<Config, 'deskOidc' | 'deskPasswords'>>
  /** `web`: origin of the sandbox's own pages, null where nothing is played. */
  sandbox: { web: string | null; parts: SandboxParts }
  replies: {
    check: CheckText
    policy: { enterprise: boolean; fourEyes?: readonly FourEyesRule[] }
    brand: { timeZone: string }
  }
  taxonomy: {
    codes: readonly {
      code: string
      name: { en: string; ja: string }
      description: { en: string; ja: string }
    }[]
  }
  refunds: {
    payouts: Payouts
    /** null: refunds are switched off, so nobody is asked for orders. */
    shop?: Pick<ShopClient, 'customerOrders' | 'customer'> | null
    gateways?: Gateways | null
  }
  rules: {
    /** What is wrong with the rule files now. */
    faults(): readonly Fault[]
    /** The rules as edited. @throws TemplateFileError */
    load(): RefundRule[]
  }
}
