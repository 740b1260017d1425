import { needsFourEyes } from '../replies/index.ts'
import { listColleagues } from '../store/assignments.ts'
import type { CasePage } from '../store/case-page.ts'
import { hasEdited } from '../store/decisions.ts'
import { notesOf, seeMentions } from '../store/notes.ts'
import { lockHolder, othersOn } from '../store/presence.ts'
import type { Desk } from './desk.ts'
import { may, rolesThatMay } from './roles.ts'
import { signedIn, type Visit } from './visit.ts'

/** How the desk shares a case: whose it is, who is on it, what colleagues said, and who may let its draft out. */
export async function caseWork(desk: Desk, visit: Visit, page: CasePage) {
  const { store } = desk
  const me = signedIn(visit)
  const { case: found, drafts } = page
  const draft = drafts[0]
  await seeMentions(store, found.id, me.id)
  const [colleagues, notes, presence, edited] = await Promise.all([
    listColleagues(store, rolesThatMay('edit')),
    notesOf(store, found.id),
    presenceView(desk, visit, found.id, draft?.id ?? null),
    draft ? hasEdited(store, draft.id, me.id) : false,
  ])
  const nameOf = (id: number | null) => page.people.get(id ?? 0) ?? ''
  const snoozed = found.snoozed_until !== null && found.snoozed_until.getTime() > Date.now()
  return {
    me: me.id,
    assignee: found.assignee_id && { id: found.assignee_id, name: nameOf(found.assignee_id) },
    colleagues: colleagues.map(({ id, name, login }) => ({ id, name, login })),
    leads: colleagues
      .filter(({ id, role }) => may(role, 'approve') && id !== me.id)
      .map(({ id, name }) => ({ id, name })),
    snooze: snoozed
      ? { until: found.snoozed_until, by: nameOf(found.snoozed_by), note: found.snooze_note ?? '' }
      : null,
    escalation: found.escalated_at && {
      at: found.escalated_at,
      by: nameOf(found.escalated_by),
      to: nameOf(found.escalated_to),
      reason: found.escalation_reason ?? '',
    },
    notes,
    presence,
    fourEyes: fourEyesRule(desk, found) ? (edited ? 'mine' : 'asked') : null,
  }
}

/** Whether policy wants edits of this case's reply let out by somebody else. */
export function fourEyesRule(
  desk: Desk,
  subject: { codes: readonly string[]; severity: number; language: string },
): boolean {
  return needsFourEyes(desk.replies.policy.fourEyes ?? [], subject)
}

/** Who else is on a case, and whose its draft's lock is. */
export async function presenceView(desk: Desk, visit: Visit, caseId: number, draftId: number | null) {
  const me = signedIn(visit).id
  const [others, holder] = await Promise.all([
    othersOn(desk.store, caseId, me),
    draftId === null ? null : lockHolder(desk.store, draftId),
  ])
  const lockedBy = holder && holder.userId !== me ? holder.name : null
  const writers = others.filter(({ writing, name }) => writing && name !== lockedBy)
  const lookers = others.filter(({ writing, name }) => !writing && name !== lockedBy)
  const join = (people: typeof others) =>
    people.length === 0
      ? null
      : {
          count: people.length,
          names: people.map(({ name }) => name).join(visit.language === 'ja' ? 'さん、' : ', '),
        }
  return { caseId, draftId, lockedBy, writing: join(writers), looking: join(lookers) }
}
