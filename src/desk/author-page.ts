import { z } from 'zod'
import { isAbusive } from '../cases/index.ts'
import {
  type AuthorKey,
  authorHistory,
  authorSummary,
  HISTORY_KINDS,
  type HistoryEntry,
  type HistoryPlace,
} from '../store/author-history.ts'
import { linkedAuthors, unlinkAuthor } from '../store/author-links.ts'
import { authorPath, showSummary } from './author-summary.ts'
import { codeName, type Desk, sendPage } from './desk.ts'
import { goTo, ProblemError, type Route, readForm, signedIn, type Visit } from './visit.ts'

const PAGE = 20

/** Everything that one author and we had to do with each other, and who they are at the shop. */
export function authorRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/authors/:id',
      allow: 'read',
      async handle(visit) {
        const author = readAuthor(visit)
        const summary = await authorSummary(desk.store, author)
        if (!summary) throw new ProblemError(404)
        const customerId = summary.link?.customer_id ?? null
        const before = readPlace(visit.request.query.before)
        const [{ entries, next }, linked] = await Promise.all([
          authorHistory(desk.store, { ...author, customerId }, before, PAGE),
          customerId === null ? [] : linkedAuthors(desk.store, customerId),
        ])
        const path = authorPath(author)
        await sendPage(desk, visit, 'author', {
          author: {
            name: summary.name || summary.username,
            handle: summary.username,
            network: author.network,
            followers: summary.followers,
          },
          summary: showSummary(author, summary),
          alsoAs: linked
            .filter((other) => other.network !== author.network || other.authorId !== author.authorId)
            .map((other) => ({ href: authorPath(other), network: other.network, id: other.authorId })),
          entries: entries.map((entry) => showEntry(desk, visit, entry)),
          olderHref: next && `${path}?before=${next.micros}.${next.kind}.${next.id}`,
          newestHref: before && path,
          path,
        })
      },
    },
    {
      method: 'post',
      path: '/authors/:id/unlink',
      allow: 'approve',
      async handle(visit) {
        const author = readAuthor(visit)
        // Only the link that the person saw: who linked themselves anew meanwhile stays linked.
        const { customer: customerId } = readForm(visit, z.object({ customer: z.string().min(1).max(500) }))
        const done = await unlinkAuthor(desk.store, { ...author, customerId }, `user:${signedIn(visit).id}`)
        goTo(visit, authorPath(author), done ? 'unlinked' : 'notLinked')
      },
    },
  ]
}

/** 'x:12345', the network first; an id may hold colons of its own. @throws ProblemError 404 */
function readAuthor(visit: Visit): AuthorKey {
  const id = String(visit.request.params.id)
  const colon = id.indexOf(':')
  if (colon < 1 || id.includes('\0')) throw new ProblemError(404)
  return { network: id.slice(0, colon), authorId: id.slice(colon + 1) }
}

function readPlace(given: unknown): HistoryPlace | null {
  const match = typeof given === 'string' ? /^(\d{1,16})\.([a-z]+)\.(\d{1,15})$/.exec(given) : null
  const kind = HISTORY_KINDS.find((each) => each === match?.[2])
  return match && kind ? { micros: Number(match[1]), kind, id: Number(match[3]) } : null
}

function showEntry(desk: Desk, visit: Visit, entry: HistoryEntry) {
  if (entry.kind !== 'post') return entry
  const codes = entry.codes ?? []
  const hidden = isAbusive(codes)
  return {
    ...entry,
    hidden,
    text: hidden ? '' : entry.text,
    codes: codes.filter((code) => code !== 'none').map((code) => codeName(desk, visit, code)),
  }
}
