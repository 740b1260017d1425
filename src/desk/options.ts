import type { CheckText, TemplateTexts, Writer } from '../cases/index.ts'
import type { Config, SandboxParts } from '../config.ts'
import type { Queues } from '../queue/index.ts'
import type { Gateways, Payouts, RefundRule, ShopClient } from '../refunds/index.ts'
import type { FourEyesRule, Replies } from '../replies/index.ts'
import type { Store } from '../store/database.ts'
import type { Letters, ThingBook } from '../voice/index.ts'
import type { Fault } from '../yaml-file.ts'

interface NamedThing {
  id: string
  name: { en: string; ja: string }
}

export interface DeskOptions {
  store: Store
  /** For the one connection that listens for changes. */
  databaseUrl: string
  queues: Pick<Queues, 'enqueue' | 'counts'>
  config: Pick<Config, 'publicUrl' | 'trustProxy'> &
    Partial<Pick<Config, 'deskOidc' | 'deskPasswords' | 'secretKey' | 'previousSecretKey'>>
  /** `web`: origin of the sandbox's own pages, null where nothing is played. */
  sandbox: { web: string | null; parts: SandboxParts }
  /** What X may cost, in millionths of a US dollar; null: as much as it does. */
  apiBudget?: { dailyMicroUsd: number | null; monthlyMicroUsd: number | null } | null
  replies: {
    /** Closes a text with the mark of who approves it; left out: nobody signs. */
    sign?: Replies['sign']
    check: CheckText
    policy: { enterprise: boolean; crisis?: boolean; fourEyes?: readonly FourEyesRule[] }
    brand: { timeZone: string }
  }
  /** Other texts for drafts. Left out: a draft is what it is. */
  writing?: Writer & { replies: TemplateTexts }
  /** How long words are kept, and what looking at a post again costs; left out: nobody is told. */
  retention?: { days: Readonly<Record<string, number | null>>; lookPriceMicroUsd: number }
  /** Letters to departments; left out: no department has an owner. */
  letters?: Letters
  taxonomy: {
    codes: readonly {
      code: string
      /** Who owns the cure. */
      department?: string
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
  /** What is sold, by name, and the host that hears of cords; null: none does. Left out: nothing is known. */
  andon?: {
    catalogue: { products: readonly NamedThing[]; titles: readonly NamedThing[] }
    things: ThingBook
    shop: string | null
  }
  rules: {
    /** What is wrong with the rule files now. */
    faults(): readonly Fault[]
    /** The rules as edited. @throws TemplateFileError */
    load(): RefundRule[]
  }
}
