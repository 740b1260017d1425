import { customerOf } from '../store/author-links.ts'
import type { Db } from '../store/database.ts'
import type { Linking } from './index.ts'

/**
 * Whom to invite: the author of a case, unless they told already which customer they are, or nobody can sign in to
 * their network.
 */
export function inviteUnlinked(linking: Linking | null) {
  return async (
    subject: { id: number; network: string; author_id: string },
    db: Db,
  ): Promise<string | null> => {
    if (!linking?.networks.has(subject.network)) return null
    if ((await customerOf(db, subject.network, subject.author_id)) !== null) return null
    const claim = { caseId: subject.id, network: subject.network, authorId: subject.author_id }
    return linking.claimLink({ ...claim, now: new Date() })
  }
}
