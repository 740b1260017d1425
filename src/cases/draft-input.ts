import type { DraftInput } from '../replies/index.ts'
import type { CaseToDraft } from '../store/drafts.ts'

/** What the reply to a case is written from, as triage and people left it. */
export function draftInputOf(subject: CaseToDraft): DraftInput {
  return {
    post: {
      id: subject.externalId,
      text: subject.text,
      authorUsername: subject.username,
      ...(subject.authorName ? { authorName: subject.authorName } : {}),
      summoned: subject.summoned,
      network: subject.network,
    },
    classification: {
      language: subject.language,
      // What a refund rule decided is sure, whatever triage thought of the words.
      code: subject.reply_code ?? subject.code,
      codes: subject.codes,
      severity: subject.severity,
      confidence: subject.reply_code === null ? subject.confidence : 1,
      sentiment: { label: subject.sentiment, score: subject.score },
      needsPerson: subject.needs_person,
      optOut: subject.opted_out_at !== null,
    },
    entities: subject.entities,
    seed: String(subject.id),
  }
}
