import { sql } from 'kysely'
import type { Db } from './database.ts'
import { CURRENT_DRAFT, WAITING_DRAFT } from './draft-states.ts'

/** Locks a case whose code a person changes, with its current draft and the post that the label is about. */
export async function caseToCorrect(trx: Db, caseId: number) {
  const found = await trx
    .selectFrom('cases')
    .select(['state', 'code', 'codes', 'severity', 'needs_person', 'needs_draft_since'])
    .select(['language', 'assignee_id', 'escalated_at'])
    .where('id', '=', caseId)
    .forUpdate()
    .executeTakeFirst()
  if (!found) return null
  const draft = await trx
    .selectFrom('drafts')
    .select(['id', 'post_id', 'state', 'edited'])
    .where('case_id', '=', caseId)
    .where('state', 'in', CURRENT_DRAFT)
    .forUpdate()
    .executeTakeFirst()
  return {
    ...found,
    draftId: draft?.id ?? null,
    postId: draft?.post_id ?? (await newestReadable(trx, caseId)),
    draftIsUntouched: !draft || (WAITING_DRAFT.includes(draft.state) && !draft.edited),
  }
}

async function newestReadable(trx: Db, caseId: number): Promise<number | null> {
  const row = await trx
    .selectFrom('posts')
    .select('id')
    .where('case_id', '=', caseId)
    .where('deleted_at', 'is', null)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.id ?? null
}

/** Locks the author of a case, before the case itself as triage does: nobody links the author to a customer meanwhile. */
export async function lockAuthorOfCase(trx: Db, caseId: number): Promise<void> {
  await trx
    .selectFrom('authors')
    .innerJoin('cases', (join) =>
      join
        .onRef('cases.network', '=', 'authors.network')
        .onRef('cases.author_id', '=', 'authors.external_id'),
    )
    .select('authors.external_id')
    .where('cases.id', '=', caseId)
    .forUpdate('authors')
    .execute()
}

/** Writes down what a person says a case is about. */
export async function recodeCase(
  trx: Db,
  caseId: number,
  change: {
    code: string
    codes: readonly string[]
    severity: number
    matter: string
    needs_person: string | null
    userId: number
    redraft: boolean
  },
): Promise<void> {
  const { userId, redraft, codes, ...columns } = change
  await trx
    .updateTable('cases')
    .set({
      ...columns,
      codes: [...codes],
      confidence: 1,
      code_by: userId,
      ...(redraft ? { needs_draft_since: sql<Date>`now()` } : {}),
    })
    .where('id', '=', caseId)
    .execute()
}

/** The only readable post of a case that has one; null where it has none or several. */
export async function onlyPost(trx: Db, caseId: number): Promise<number | null> {
  const rows = await trx
    .selectFrom('posts')
    .select('id')
    .where('case_id', '=', caseId)
    .where('deleted_at', 'is', null)
    .where('superseded_by', 'is', null)
    .where('own', '=', false)
    .limit(2)
    .execute()
  return rows.length === 1 ? (rows[0]?.id ?? null) : null
}
