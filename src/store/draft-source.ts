import type { Db } from './database.ts'

/** Where a draft's text comes from. */
export interface DraftSource {
  template?: string
  templateHash?: string
  /** Name of the model that wrote or changed it; null: none did. */
  model: string | null
  /** Whether a person had a hand in it; left out: as it was. */
  edited?: boolean
}

/** A draft that waits, as it stands; its case is open. */
export function findWaitingDraft(db: Db, draftId: number) {
  return db
    .selectFrom('drafts')
    .select(['id', 'case_id', 'version', 'state', 'text', 'template', 'edited', 'model', 'locale'])
    .where('id', '=', draftId)
    .executeTakeFirst()
}
export type WaitingDraft = NonNullable<Awaited<ReturnType<typeof findWaitingDraft>>>

/** Writes down where a draft's text comes from. */
export async function noteSource(trx: Db, draftId: number, source: DraftSource): Promise<void> {
  const { template, templateHash, model, edited } = source
  await trx
    .updateTable('drafts')
    .set({
      model,
      ...(edited === undefined ? {} : { edited }),
      ...(template ? { template, template_hash: templateHash ?? null } : {}),
    })
    .where('id', '=', draftId)
    .execute()
}

/** Drafts of cases that wait as their template wrote them. Nothing of danger or abuse. */
export function draftsToPolish(db: Db, caseIds: readonly number[]) {
  return (
    db
      .selectFrom('drafts')
      .innerJoin('cases', 'cases.id', 'drafts.case_id')
      .select(['drafts.id', 'drafts.version', 'cases.codes'])
      .where('drafts.case_id', 'in', caseIds)
      .where('drafts.state', '=', 'pending')
      .where('drafts.edited', '=', false)
      .where('drafts.model', 'is', null)
      .where('drafts.template', 'is not', null)
      // What is stopped is said as it stands.
      .where('drafts.template', 'not like', '\\_stopped/%')
      .where((eb) =>
        eb.or([
          eb('cases.needs_person', 'is', null),
          eb('cases.needs_person', 'not in', ['danger', 'abuse']),
        ]),
      )
      .execute()
  )
}
