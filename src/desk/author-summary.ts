import { type AuthorKey, type AuthorSummary, MOST_COUNTED } from '../store/author-history.ts'

/** Where an author's whole history stands. */
export function authorPath({ network, authorId }: AuthorKey): string {
  return `/authors/${encodeURIComponent(`${network}:${authorId}`)}`
}

/** What an author and we had to do with each other, in numbers. */
export function showSummary(author: AuthorKey, summary: AuthorSummary) {
  const { cases, open, replies, replacements, refunded, link } = summary
  return {
    href: authorPath(author),
    cases,
    andMore: cases >= MOST_COUNTED,
    open,
    replies,
    replacements,
    refunds: refunded.reduce((sum, { count }) => sum + count, 0),
    money: refunded.map(({ minor, currency }) => ({ minor, currency })),
    since: summary.first,
    optedOutAt: summary.opted_out_at,
    customer: link && { id: link.customer_id, since: link.linked_at, caseId: link.case_id },
  }
}
