import { z } from 'zod'
import { codingOf, mayGoOut, reportOn, type TextReport } from '../cases/index.ts'
import { type CasePage, casePage } from '../store/case-page.ts'
import { draftPlace, neighbours } from '../store/case-place.ts'
import { CURRENT_DRAFT } from '../store/draft-states.ts'
import type { Reason, StoredCheck } from '../store/schema.ts'
import { caseWork } from './case-work.ts'
import { claimsOf } from './claims.ts'
import { codeName, type Desk, sendFragment, sendPage } from './desk.ts'
import { clockOf } from './format.ts'
import { goodwillOf } from './goodwill.ts'
import { type Language, translateOr } from './i18n.ts'
import { picturePath } from './images.ts'
import { markReasons } from './mark-reasons.ts'
import { namedIn, shownInPublic } from './named.ts'
import { translateReason } from './reason-words.ts'
import { ProblemError, type Route, readForm, readId, type Visit } from './visit.ts'
import { whyOf } from './why.ts'

/** X's limit, in weighted characters. */
const LIMIT = 280

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
        const changed = fingerprint(page) !== seen
        await sendFragment(desk, visit, 'case-news', { changed, href: `/cases/${page.case.id}` })
      },
    },
    {
      method: 'post',
      path: '/drafts/:id/check',
      allow: 'edit',
      async handle(visit) {
        const draftId = readId(visit)
        const { text } = readForm(visit, z.object({ text: z.string().max(20_000).default('') }))
        const report = await reportOn(desk.store, { draftId, text, check: desk.replies.check })
        const draft = await draftPlace(desk.store, draftId)
        if (!report || !draft) throw new ProblemError(404)
        if (!visit.partial) return showCase(desk, visit, draft.case_id, { typed: text, report })
        await sendFragment(desk, visit, 'report', {
          report: showReport(visit.language, report),
          byHand: draft.delivery === 'manual',
          summoned: draft.summoned,
          composer: composerLink(desk, draft, text),
        })
      },
    },
  ]
}

export interface CaseExtras {
  /** What the person typed, where it could not be stored. */
  typed?: string
  report?: TextReport
  /** A phrase of `alert.` and what fills it. */
  alert?: { key: string; by?: string | null }
}

/** Shows a case, with what went wrong where something did. @throws ProblemError 404 */
export async function showCase(
  desk: Desk,
  visit: Visit,
  caseId: number,
  extras: CaseExtras = {},
  status = 200,
): Promise<void> {
  const page = await casePage(desk.store, caseId)
  if (!page) throw new ProblemError(404)
  const around = await neighbours(desk.store, { id: page.case.id })
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
  await sendPage(
    desk,
    visit,
    'case',
    { ...view, ...work, typed: typed ?? '', claims, orders, goodwill: goodwill ?? [] },
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
  const labelOf = (reason: Reason) =>
    reason.code ? codeName(desk, visit, reason.code) : translateOr(visit.language, 'reasonKind', reason.kind)
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
    hidden: found.code === 'conduct.abuse',
    clock:
      open && current?.state !== 'approved'
        ? clockOf(visit.language, found.last_post_at, found.due_at)
        : null,
    posts: page.posts.map((post) => ({
      id: post.id,
      at: post.created_at,
      parts: markReasons(post.text, post.reasons ?? [], labelOf),
      summoned: post.summoned,
      deleted: post.deleted_at !== null,
      edited: post.superseded_by !== null,
      answered: post.id === answered?.id,
      repliesTo: post.context.repliesTo ?? null,
      quotes: post.context.quotes ?? null,
      shown:
        post.deleted_at === null && post.superseded_by === null
          ? shownInPublic(visit.language, post.entities ?? [])
          : null,
      pictures: post.media.map((media, place) => ({
        url: post.deleted_at === null ? picturePath(desk, post.id, place, media.url) : null,
        alt: media.alt ?? '',
        host: hostOf(media.url),
      })),
      href: postLink(desk, found.network, found.username, post.external_id),
    })),
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
      reason: shown.reason,
      note: shown.decision_note,
    },
    text,
    // What stands in the database where that is not what this person typed: never silently overwritten.
    theirs: current && extras.alert && text.trim() !== (current.text ?? '') ? current.text : null,
    summoned: answered?.summoned ?? false,
    report: report && showReport(visit.language, report),
    composer: answered ? composerLink(desk, answered, text) : null,
    replies: page.replies.map((reply) => ({
      text: reply.text,
      state: reply.state,
      at: reply.sent_at ?? reply.created_at,
      error: reply.error,
      href: reply.external_id ? postLink(desk, found.network, 'i', reply.external_id) : null,
    })),
    earlier: page.earlier.map((other) => ({
      id: other.id,
      code: codeName(desk, visit, other.code),
      state: other.state,
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
    closable: current?.state !== 'approved',
    nextId: around.next,
    previousId: around.previous,
    alert: extras.alert ? { key: `alert.${extras.alert.key}`, by: extras.alert.by ?? '' } : null,
    seen: fingerprint(page),
  }
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
  ].join('.')
}

/** A report as the page shows it: what is wrong first. */
function showReport(language: Language, report: TextReport) {
  const checks = report.checks.map((check) => describeCheck(language, check))
  return {
    weightedLength: report.weightedLength,
    costMicroUsd: report.costMicroUsd,
    limit: LIMIT,
    left: LIMIT - report.weightedLength,
    failed: checks.filter((check) => !check.ok),
    passed: checks.filter((check) => check.ok),
    blocked: !mayGoOut(report),
  }
}

/** The rules explain themselves in English; other readers get the rule's name and what exactly was found. */
function describeCheck(language: Language, check: StoredCheck) {
  const name = translateOr(language, 'rule', check.rule)
  const found = /\(([^()]*)\)\s*$/.exec(check.why)?.[1]
  const why = language === 'en' || name === check.rule ? check.why : (found ?? '')
  return { ok: check.ok, hard: check.hard, name, label: why.startsWith(name) ? '' : name, why }
}

/** The X that posts come from: the sandbox's own where it plays X. */
function xOrigin(desk: Desk): string {
  return (desk.sandbox.parts.x && desk.sandbox.web) || 'https://x.com'
}

/** X's own composer with the answer in it, for posts that only a person may answer. */
function composerLink(
  desk: Desk,
  post: { network: string; external_id: string },
  text: string,
): string | null {
  if (post.network !== 'x') return null
  return `${xOrigin(desk)}/intent/post?${new URLSearchParams({ in_reply_to: post.external_id, text })}`
}

function postLink(desk: Desk, network: string, username: string, externalId: string): string | null {
  if (network !== 'x' || !/^\w{1,30}$/.test(username) || !/^\d+$/.test(externalId)) return null
  if (desk.sandbox.parts.x) return desk.sandbox.web && `${desk.sandbox.web}/x#post-${externalId}`
  return `https://x.com/${username}/status/${externalId}`
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : '?'
}
