import type { Config } from '../src/config.ts'
import type { LanguageModel } from '../src/language-model/index.ts'
import type { Linking } from '../src/linking/index.ts'
import type { Network } from '../src/listening/index.ts'
import type { Mailer, MailTemplates } from '../src/mail/index.ts'
import type { Queues } from '../src/queue/index.ts'
import type { Gateways, Payouts, ShopClient } from '../src/refunds/index.ts'
import type { Replies } from '../src/replies/index.ts'
import type { Store } from '../src/store/database.ts'
import type { EntityFinder, SecondOpinion, Triage } from '../src/triage/index.ts'
import type {
  ChatChannel,
  CodeBook,
  CordTarget,
  Letters,
  Retention,
  ReviewsFile,
  ThingBook,
} from '../src/voice/index.ts'

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
  /** How long words and names are kept. */
  retention: Retention
  /** null: refunds are switched off. */
  refunds: {
    shop: ShopClient
    gateways: Gateways
    payouts: Payouts
    mails: MailTemplates
    /** Department that owns a wrap-up code. */
    ownerOf: (code: string) => string
  } | null
  /** null: authors of posts can not sign in to say which customer they are. */
  linking: Linking | null
  mailer: Mailer
  /** Who is told what in chats, and what codes are called. */
  chat: { channels: readonly ChatChannel[]; codes: CodeBook; publicUrl: string }
  /** Letters to departments, and the mails that announce them. */
  letters: { letters: Letters; mails: MailTemplates }
  /** Which reviews go out by themselves. */
  reviews: ReviewsFile
  /** What products, titles and codes are called. */
  things: ThingBook
  /** Where the shop hears of cords; null: nowhere. */
  cordTarget: CordTarget | null
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
