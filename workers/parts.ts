import type { Config } from '../src/config.ts'
import type { LanguageModel } from '../src/language-model/index.ts'
import type { Network } from '../src/listening/index.ts'
import type { Mailer, MailTemplates } from '../src/mail/index.ts'
import type { Queues } from '../src/queue/index.ts'
import type { Gateway, RefundRule, ShopClient } from '../src/refunds/index.ts'
import type { Replies } from '../src/replies/index.ts'
import type { Store } from '../src/store/database.ts'
import type { EntityFinder, SecondOpinion, Triage } from '../src/triage/index.ts'

/** What workers are made of; put together once, in main.ts. */
export interface Parts {
  config: Config
  store: Store
  queues: Queues
  networks: ReadonlyMap<string, Network>
  triage: Triage
  entities: EntityFinder
  model: LanguageModel
  /** null: no model is configured. */
  secondOpinion: SecondOpinion | null
  replies: Replies
  /** null: refunds are switched off. */
  refunds: { rules: RefundRule[]; shop: ShopClient; gateway: Gateway; mails: MailTemplates } | null
  mailer: Mailer
  /** Set off when the process is told to stop, before its workers are. */
  stopping: AbortSignal
}

/** A worker of this process: something that goes on until it is stopped. */
export interface RunningWorker {
  name: string
  /** False where it does not do its work any more, with the reason. */
  health(): { ok: true } | { ok: false; reason: string }
  stop(): Promise<void>
}
