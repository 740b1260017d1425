import { z } from 'zod'
import { codingOf, isAbusive, reportOn, type TextReport } from '../cases/index.ts'
import { authorSummary } from '../store/author-history.ts'
import { type CasePage, casePage } from '../store/case-page.ts'
import { draftPlace, neighbours } from '../store/case-place.ts'
import { CURRENT_DRAFT } from '../store/draft-states.ts'
import { stoppedAmong } from '../store/stopped-cases.ts'
import { hiddenFrom } from './abuse.ts'
import { showSummary } from './author-summary.ts'
import { caseWork } from './case-work.ts'
import { claimsOf } from './claims.ts'
import { codeName, type Desk, sendFragment, sendPage } from './desk.ts'
import { clockOf } from './format.ts'
import { goodwillOf } from './goodwill.ts'
import { namedIn } from './named.ts'
import { translateReason } from './reason-words.ts'
import { LIMIT, showReport } from './show-report.ts'
import { reasonLabels, threadsOf } from './thread.ts'
import { ProblemError, type Route, readForm, readId, signedIn, type Visit } from './visit.ts'
import { whyOf } from './why.ts'
import { type Asked, type NotTaken, writingView } from './writing-view.ts'

const checkForm = z.object({
  text: z.string().max(20_000).default(''),
  version: z.coerce.number().int().positive().optional(),
})

/** One case: what was said, what triage made of it, and the answer that waits. */
export function caseRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/cases/:id',
      allow: 'read',
      handle: (visit) => showCase(desk, visit, readId(visit)),
    },
    {
      method: 'get',
      path: '/cases/:id/news',
      allow: 'read',
      async handle(visit) {
        const page = await casePage(desk.store, readId(visit))
        if (!page) throw new ProblemError(404)
        const seen = String(visit.request.query.seen ?? '')
        const now = fingerprint(page)
        const news = now === seen ? null : exceptNotes(now) === exceptNotes(seen) ? 'note' : 'changed'
        const href = `/cases/${page.case.id}`
        // An address of its own: a mere place on the page that is open would not load it again.
        const noteHref = `${href}?note=${page.case.newest_note_id}#notes`
        await sendFragment(desk, visit, 'case-news', { news, href, noteHref })
      },
    },
    {
      method: 'post',
      path: '/drafts/:id/check',
      allow: 'edit',
      async handle(visit) {
        const draftId = readId(visit)
        const { text, version } = readForm(visit, checkForm)
        const report = await reportOn(desk.store, { draftId, text, check: desk.replies.check })
        const draft = await draftPlace(desk.store, draftId)
        if (!report || !draft) throw new ProblemError(404)
        if (!visit.partial) {
          return showCase(desk, visit, draft.case_id, { typed: text, typedOn: { draftId, version }, report })
        }
        await sendFragment(desk, visit, 'report', {
          report: showReport(visit.language, report),
          byHand: draft.delivery === 'manual',
          summoned: draft.summoned,
          composer: composerLink(desk, draft, text) !== null && draftId,
          overrideFor: draftId,
        })
      },
    },
  ]
}

export interface CaseExtras {
  /** What the person typed, where it could not be stored. */
  typed?: string
  /** The draft that it was typed on, and its version; a newer one is not overwritten without a word. */
  typedOn?: { draftId: number; version?: number }
  report?: TextReport
  /** Why they wanted to close the case, where that did not work. */
  closing?: string
  /** Shows the other texts for the draft. */
  others?: boolean
  /** What came of asking a model. */
  asked?: Asked
  /** A text that waits for a word about what stands in the editor. */
  notTaken?: NotTaken
  /** A phrase of `alert.` and what fills it. */
  alert?: { key: string; by?: string | null }
  /** What was refused, to be done all the same: where its form goes, and what it sends. */
  insist?: { action: 'assign' | 'escalate'; name: string; fields: { name: string; value: string }[] }
}

/** Shows a case, with what went wrong where something did. @throws ProblemError 404 */
export async function showCase(
  desk: Desk,
  visit: Visit,
  caseId: number,
  given: CaseExtras = {},
  givenStatus = 200,
): Promise<void> {
  const page = await casePage(desk.store, caseId)
  if (!page) throw new ProblemError(404)
  const outdated = !given.alert && isOutdated(page, given)
  const extras = outdated ? { ...given, alert: { key: 'edited' } } : given
  const status = outdated ? 409 : givenStatus
  const around = await neighbours(desk.store, { id: page.case.id }, signedIn(visit).languages)
  const { typed } = extras
  const draftId = page.drafts[0]?.id
  const report =
    extras.report ??
    (typed !== undefined && draftId !== undefined
      ? ((await reportOn(desk.store, { draftId, text: typed, check: desk.replies.check })) ?? undefined)
      : undefined)
  const { claims, orders } = await claimsOf(desk, visit, caseId)
  const goodwill = await goodwillOf(desk, visit, orders)
  const view = viewOf(desk, visit, page, around, { ...extras, report })
  const work = await caseWork(desk, visit, page)
  const writing = view.draft?.current ? await writingView(desk, visit, view.draft, extras) : null
  const hidden = await hiddenFrom(desk, visit, page)
  const author = { network: page.case.network, authorId: page.case.author_id }
  const [threads, summary, stopped] = await Promise.all([
    threadsOf(desk, visit, page, view.answeredId, hidden),
    authorSummary(desk.store, author),
    stoppedAmong(desk.store, [caseId]),
  ])
  await sendPage(
    desk,
    visit,
    'case',
    {
      ...view,
      ...work,
      writing,
      threads,
      hidden: hidden.size,
      summary: summary && showSummary(author, summary),
      typed: typed ?? '',
      claims,
      orders,
      goodwill: goodwill ?? [],
      insist: extras.insist ?? null,
      isStopped: stopped.size > 0,
    },
    status,
  )
}

function viewOf(
  desk: Desk,
  visit: Visit,
  page: CasePage,
  around: { next: number | null; previous: number | null },
  extras: CaseExtras,
) {
  const found = page.case
  const current = page.drafts.find((draft) => CURRENT_DRAFT.includes(draft.state)) ?? null
  const shown = current ?? page.drafts[0] ?? null
  const answered = page.posts.find((post) => post.id === shown?.post_id) ?? page.posts.at(-1)
  const text = extras.typed ?? shown?.text ?? ''
  const report: TextReport | null =
    extras.report ??
    (shown && {
      checks: shown.checks,
      weightedLength: shown.weighted_length,
      costMicroUsd: shown.cost_micro_usd,
      fits: shown.weighted_length <= LIMIT,
    })
  const open = found.state === 'open'
  const newestPostId = page.posts.at(-1)?.id ?? 0
  const redrafting = open && current !== null && waitsForDraft(page)
  const labelOf = reasonLabels(desk, visit)
  const why = whyOf(page.posts, labelOf)
  const wroteAgain = redrafting && newestPostId > current.post_id
  return {
    id: found.id,
    author: {
      name: found.name || found.username,
      handle: found.username,
      followers: found.followers,
      optedOut: found.opted_out_at !== null,
    },
    network: found.network,
    language: found.language,
    state: found.state,
    closeReason: found.close_reason,
    code: codeName(desk, visit, found.code),
    codeBy: found.coded_by,
    recode: {
      seen: codingOf(found),
      severity: found.severity,
      codes: desk.taxonomy.codes.map((each) => ({
        code: each.code,
        name: each.name[visit.language],
        about: each.description[visit.language],
        primary: each.code === found.code,
        also: each.code !== found.code && found.codes.includes(each.code),
      })),
    },
    otherCodes: found.codes.filter((code) => code !== found.code).map((code) => codeName(desk, visit, code)),
    severity: found.severity,
    sentiment: found.sentiment,
    confidence: Math.round(found.confidence * 100),
    needsPerson: found.needs_person,
    clock:
      open && current?.state !== 'approved'
        ? clockOf(visit.language, found.last_post_at, found.due_at)
        : null,
    named: namedIn(
      visit.language,
      page.posts.flatMap((post) => post.entities ?? []),
    ),
    why: {
      rows: why.rows,
      notes: why.notes.map(({ text, label }) => ({
        text: nameCodes(desk, visit, translateReason(visit.language, text)),
        label,
      })),
    },
    draft: shown && {
      id: shown.id,
      version: shown.version,
      state: shown.state,
      current: current !== null,
      editable: open && current !== null && current.state !== 'approved',
      decidable: open && current?.state === 'pending',
      byHand: shown.delivery === 'manual',
      template: shown.template,
      locale: shown.locale ?? found.language,
      edited: shown.edited,
      auto: shown.auto,
      model: shown.model,
      reason: shown.reason,
      note: shown.decision_note,
    },
    text,
    // What stands in the database where that is not what this person typed: never silently overwritten.
    theirs: current && extras.alert && text.trim() !== (current.text ?? '') ? current.text : null,
    summoned: answered?.summoned ?? false,
    report: report && showReport(visit.language, report),
    overrideFor: shown?.id ?? null,
    composer: answered && shown && composerLink(desk, answered, text) !== null ? shown.id : null,
    earlier: page.earlier.map((other) => ({
      id: other.id,
      code: codeName(desk, visit, other.code),
      state: other.state,
      sentiment: other.sentiment,
      hidden: isAbusive(other.codes),
      text: other.text ?? '',
      at: other.created_at,
      reply: other.reply_text,
    })),
    history: page.history.map((entry) => ({
      at: entry.at,
      action: entry.action,
      actor: entry.person ?? entry.actor,
    })),
    redrafting: redrafting && !wroteAgain,
    wroteAgain,
    newestPostId,
    answeredId: answered?.id ?? null,
    closable: current?.state !== 'approved',
    closing: extras.closing ?? '',
    nextId: around.next,
    previousId: around.previous,
    alert: extras.alert ? { key: `alert.${extras.alert.key}`, by: extras.alert.by ?? '' } : null,
    seen: fingerprint(page),
  }
}

/** Whether words were typed on another draft than the page's, or on another version of it. */
function isOutdated({ drafts }: CasePage, { typed, typedOn }: CaseExtras): boolean {
  const draft = drafts[0]
  if (!draft || !typedOn || typed === undefined || typed.trim() === (draft.text ?? '')) return false
  const { draftId, version = draft.version } = typedOn
  return draft.id !== draftId || draft.version !== version
}

/** The codes in a model's opinion, by the names that the reader knows. */
function nameCodes(desk: Desk, visit: Visit, sentence: string): string {
  const known = new Set(desk.taxonomy.codes.map((each) => each.code))
  return sentence.replace(/( ?)\b([a-z]+(?:\.[a-z_-]+)?)\b/g, (all, space, word) => {
    if (!known.has(word)) return all
    const name = codeName(desk, visit, word)
    return visit.language === 'ja' ? `「${name}」` : `${space}“${name}”`
  })
}

/** False also where the draft that was asked for came between the reading of the case and that of its drafts. */
function waitsForDraft({ case: found, drafts }: CasePage): boolean {
  const newest = drafts[0]
  return found.needs_draft_since !== null && (!newest || newest.created_at < found.needs_draft_since)
}

/** Changes whenever what a person decides on has changed. */
function fingerprint(page: CasePage): string {
  const current = page.drafts[0]
  return [
    page.case.state,
    page.case.codes,
    page.case.severity,
    page.case.assignee_id ?? 0,
    page.case.snoozed_until?.getTime() ?? 0,
    page.case.escalated_at?.getTime() ?? 0,
    page.posts.at(-1)?.id ?? 0,
    waitsForDraft(page),
    current?.id ?? 0,
    current?.version ?? 0,
    current?.state ?? '',
    // Last: a page tells a new note apart from what changes a decision.
    page.case.newest_note_id ?? 0,
  ].join('.')
}

/** A fingerprint without its notes, which change nothing that is decided on. */
function exceptNotes(print: string): string {
  return print.slice(0, print.lastIndexOf('.'))
}

/** The X that posts come from: the sandbox's own where it plays X. */
function xOrigin(desk: Desk): string {
  return (desk.sandbox.parts.x && desk.sandbox.web) || 'https://x.com'
}

/** X's own composer with the answer in it, for posts that only a person may answer. */
export function composerLink(
  desk: Desk,
  post: { network: string; external_id: string },
  text: string,
): string | null {
  if (post.network !== 'x') return null
  return `${xOrigin(desk)}/intent/post?${new URLSearchParams({ in_reply_to: post.external_id, text })}`
}
