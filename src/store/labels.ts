import { sql } from 'kysely'
import type { Db } from './database.ts'

/** A post that a person gave its code. */
export interface NewLabel {
  postId: number
  code: string
  codes: readonly string[]
  source: 'corrected' | 'confirmed'
  userId: number
}

/** Keeps what a person said of a post; a correction outlives a confirmation, the latest correction the others. */
export async function storeLabel(trx: Db, label: NewLabel): Promise<void> {
  await trx
    .insertInto('labels')
    .values({
      post_id: label.postId,
      code: label.code,
      codes: [...label.codes],
      source: label.source,
      user_id: label.userId,
    })
    .onConflict((conflict) =>
      conflict
        .column('post_id')
        .doUpdateSet((eb) => ({
          code: eb.ref('excluded.code'),
          codes: eb.ref('excluded.codes'),
          source: eb.ref('excluded.source'),
          user_id: eb.ref('excluded.user_id'),
          at: sql<Date>`now()`,
        }))
        .where(sql<boolean>`excluded.source = 'corrected' or labels.source = 'confirmed'`),
    )
    .execute()
}

/** Labelled posts whose words are still there, oldest first, after a post id: read on from the last one. */
export function listLabels(db: Db, { after = 0, limit = 1000 }: { after?: number; limit?: number } = {}) {
  return db
    .selectFrom('labels')
    .innerJoin('posts', 'posts.id', 'labels.post_id')
    .innerJoin('triages', 'triages.post_id', 'labels.post_id')
    .select([
      'labels.post_id as postId',
      'labels.code',
      'labels.codes',
      'labels.source',
      'labels.at',
      'posts.text',
      'posts.case_id as caseId',
      'triages.language',
      'triages.code as triaged',
    ])
    .where('labels.post_id', '>', after)
    .where('posts.deleted_at', 'is', null)
    .where('posts.erased_at', 'is', null)
    .orderBy('labels.post_id')
    .limit(limit)
    .execute()
}
