import { audit } from '../store/audit.ts'
import { markAnswered, supersedeDrafts } from '../store/cases.ts'
import { forgetComposer, nameReply } from '../store/composers.ts'
import type { Db, Store } from '../store/database.ts'
import {
  type DraftToDecide,
  lockCurrentDraft,
  lockDraftToDecide,
  markDraftPosted,
} from '../store/decisions.ts'
import { dropLock } from '../store/presence.ts'
import { type CheckText, contextOf, tidy } from './checked-text.ts'
import { sha256 } from './decision.ts'

/**
 * An answer that somebody posted from the network's own composer was found among our own posts. What stands there is
 * what counts as sent, whatever became of the draft meanwhile: it is public. Where the customer has written again the
 * case stays open for the newer post.
 * @param input.text as the network gives it: names of those answered before it, links as the network shortens them
 * @returns the case, or null where nothing waited for it
 */
export async function recogniseReply(
  store: Store,
  input: { draftId: number; userId: number; externalId: string; text: string; check: CheckText },
): Promise<{ caseId: number; answered: boolean } | null> {
  const { draftId, userId, externalId } = input
  return store.transaction().execute(async (trx) => {
    const draft = await lockDraftToDecide(trx, draftId)
    await forgetComposer(trx, draftId)
    // Said to be posted before it was found: only its place was not known.
    if (!draft || (await nameReply(trx, draftId, externalId))) return null
    const posted = withLinksOf(draft.text ?? '', withoutNames(input.text))
    const text = draft.text !== null && alike(posted) === alike(draft.text) ? draft.text : posted
    const checked = { text, ...input.check(text, await contextOf(trx, draft)) }
    const reply = await markDraftPosted(trx, draft, userId, { externalId, checked })
    if (reply === null) return null
    await dropLock(trx, draftId, userId)
    const answered = draft.case_state === 'open' && (await answer(trx, draft))
    await audit(trx, `user:${userId}`, 'draft.posted-by-hand', `draft:${draftId}`, {
      case: draft.case_id,
      reply,
      version: draft.version,
      text: sha256(text),
      found: externalId,
      ...(text === draft.text ? {} : { edited: true }),
    })
    return { caseId: draft.case_id, answered }
  })
}

/** The case is answered, unless what waits in it answers another post. @returns false where it stays open */
async function answer(trx: Db, { case_id, post_id }: DraftToDecide): Promise<boolean> {
  const current = await lockCurrentDraft(trx, case_id)
  if (current && current.post_id !== post_id) return false
  if (current) await supersedeDrafts(trx, [case_id])
  return markAnswered(trx, case_id)
}

/** Japanese words may follow without a space. */
const LINK = /https?:\/\/[!-~]+/g

/** X puts the names of those who are answered before a reply's words. */
function withoutNames(text: string): string {
  return tidy(text.replace(/^(@\w{1,30}\s+)+/, ''))
}

/** The links of what was prepared in the place of their shortened ones, where none was added or left out. */
function withLinksOf(prepared: string, posted: string): string {
  const links = prepared.match(LINK) ?? []
  if (links.length !== (posted.match(LINK) ?? []).length) return posted
  let place = 0
  return posted.replace(LINK, () => links[place++] as string)
}

/** Spaces come back otherwise than they were typed. */
function alike(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
