import { listColleagues } from '../store/assignments.ts'
import { moneyOfCase } from '../store/case-money.ts'
import type { CasePage } from '../store/case-page.ts'
import { composerOf } from '../store/composers.ts'
import { hasEdited } from '../store/decisions.ts'
import { notesOf, seeMentions } from '../store/notes.ts'
import { lockHolder, othersOn } from '../store/presence.ts'
import { reads } from '../store/readers.ts'
import type { Desk } from './desk.ts'
import { sayFourEyes, whyFourEyes } from './four-eyes.ts'
import { notYourLanguage } from './reading.ts'
import { may, rolesThatMay } from './roles.ts'
import { signedIn, type Visit } from './visit.ts'

/** How the desk shares a case: whose it is, who is on it, what colleagues said, and who may let its draft out. */
export async function caseWork(desk: Desk, visit: Visit, page: CasePage) {
  const { store } = desk
  const me = signedIn(visit)
  const { case: found, drafts } = page
  const draft = drafts[0]
  await seeMentions(store, found.id, me.id)
  const [colleagues, notes, presence, edited, money] = await Promise.all([
    listColleagues(store, rolesThatMay('edit')),
    notesOf(store, found.id),
    presenceView(desk, visit, found.id, draft?.id ?? null),
    draft ? hasEdited(store, draft.id, me.id) : false,
    moneyOfCase(store, found.id),
  ])
  const why = whyFourEyes(desk, { ...found, money })
  const nameOf = (id: number | null) => page.people.get(id ?? 0) ?? ''
  const snoozed = found.snoozed_until !== null && found.snoozed_until.getTime() > Date.now()
  return {
    me: me.id,
    assignee: found.assignee_id && { id: found.assignee_id, name: nameOf(found.assignee_id) },
    notYours: await notYourLanguage(desk, visit, found.language),
    colleagues: colleagues.map(({ id, name, login, languages }) => ({
      id,
      name,
      login,
      reads: reads(languages, found.language),
    })),
    someDoNotRead: colleagues.some(({ languages }) => !reads(languages, found.language)),
    leads: colleagues
      .filter(({ id, role }) => may(role, 'approve') && id !== me.id)
      .map(({ id, name, languages }) => ({ id, name, reads: reads(languages, found.language) })),
    snooze: snoozed
      ? { until: found.snoozed_until, by: nameOf(found.snoozed_by), note: found.snooze_note ?? '' }
      : null,
    escalation: found.escalated_at && {
      at: found.escalated_at,
      // Nobody in person asked: the case is one of abuse.
      byItself: found.escalated_by === null,
      by: nameOf(found.escalated_by),
      to: nameOf(found.escalated_to),
      reason: found.escalation_reason ?? '',
    },
    notes,
    presence,
    fourEyes: why && { mine: edited, sentence: sayFourEyes(visit.language, why, edited) },
  }
}

/** Who else is on a case, and whose its draft's lock is. */
export async function presenceView(desk: Desk, visit: Visit, caseId: number, draftId: number | null) {
  const me = signedIn(visit).id
  const [others, holder, composer] = await Promise.all([
    othersOn(desk.store, caseId, me),
    draftId === null ? null : lockHolder(desk.store, draftId),
    draftId === null ? null : composerOf(desk.store, draftId),
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
  return {
    caseId,
    draftId,
    lockedBy,
    /** Theirs too: whoever posts by hand has the lock only for a while. */
    composer: composer && { mine: composer.userId === me, by: composer.name, at: composer.at },
    writing: join(writers),
    looking: join(lookers),
  }
}
