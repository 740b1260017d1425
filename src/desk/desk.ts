import type { Response } from 'express'
import type { Cookies } from '../cookies.ts'
import { openCords } from '../store/cords.ts'
import { openCrisis } from '../store/crises.ts'
import { undoable } from '../store/decisions.ts'
import { inboxCounts } from '../store/inbox-counts.ts'
import { countOpenLetters } from '../store/letters.ts'
import { countOpenListingCases } from '../store/listing-cases.ts'
import { countMentions } from '../store/notes.ts'
import { countAskedForLine } from '../store/refund-events.ts'
import { countWaitingRefunds } from '../store/refunds-page.ts'
import { countWaitingReplacements } from '../store/replacements.ts'
import { countRuleVersions } from '../store/rule-versions.ts'
import { countOpenSignals } from '../store/signals.ts'
import type { Assets } from './assets.ts'
import { translateOr } from './i18n.ts'
import type { Live } from './live.ts'
import type { DeskOptions } from './options.ts'
import type { Render } from './render.ts'
import { may } from './roles.ts'
import { thingTitle } from './thing-title.ts'
import { readNumbers, type Visit } from './visit.ts'

export type CookieName = 'session' | 'form' | 'language' | 'oidc'

/** What every page of the desk is built with. */
export interface Desk extends DeskOptions {
  cookies: Cookies<CookieName>
  assets: Assets
  live: Live
  renderView: Render
}

/** Sends a page (its frame, navigation and notices included), or for htmx just the view. */
export async function sendPage(
  desk: Desk,
  visit: Visit,
  view: string,
  data: Record<string, unknown> = {},
  status = 200,
): Promise<void> {
  const html = await desk.renderView(view, { ...(await frame(desk, visit)), ...data })
  sendHtml(visit.response, html, status)
}

/** Sends a piece of a page. */
export async function sendFragment(
  desk: Desk,
  visit: Visit,
  view: string,
  data: Record<string, unknown>,
): Promise<void> {
  const html = await desk.renderView(view, {
    lang: visit.language,
    csrf: visit.csrf,
    can: rights(visit),
    ...data,
  })
  sendHtml(visit.response, html, 200)
}

/** The name of a wrap-up code in the reader's language. */
export function codeName(desk: Desk, visit: Visit, code: string): string {
  return desk.taxonomy.codes.find((known) => known.code === code)?.name[visit.language] ?? code
}

function sendHtml(response: Response, html: string, status: number): void {
  response.status(status).set('cache-control', 'no-store').type('html').send(html)
}

function rights(visit: Visit) {
  const role = visit.user?.role ?? null
  return {
    edit: may(role, 'edit'),
    close: may(role, 'close'),
    approve: may(role, 'approve'),
    payouts: may(role, 'payouts'),
    operate: may(role, 'operate'),
    people: may(role, 'people'),
    forget: may(role, 'forget'),
    care: may(role, 'care'),
    crisis: may(role, 'crisis'),
    cord: may(role, 'cord'),
    resume: may(role, 'resume'),
  }
}

async function frame(desk: Desk, visit: Visit) {
  const { user, language, request } = visit
  const counts = user ? await inboxCounts(desk.store, { view: 'open', languages: user.languages }) : null
  const { parts, web } = desk.sandbox
  const played = Object.entries(parts).flatMap(([part, on]) =>
    on ? [translateOr(language, 'sandboxPart', part)] : [],
  )
  const notice = String(request.query.notice ?? '')
  const words = translateOr(language, 'notice', notice)
  return {
    lang: language,
    csrf: visit.csrf,
    user: user && { name: user.name, role: user.role },
    can: rights(visit),
    here: request.path,
    backTo: request.method === 'GET' ? request.originalUrl : '/',
    crisis: user ? await openCrisis(desk.store) : null,
    stopped: user
      ? (await openCords(desk.store)).map((cord) => ({ id: cord.id, title: thingTitle(desk, visit, cord) }))
      : [],
    sandbox: played.length > 0 ? { parts: played.join(language === 'ja' ? '・' : ', '), web } : null,
    nav: {
      signals: user ? await countOpenSignals(desk.store) : 0,
      open: counts?.open ?? 0,
      refunds: user ? await countForAPerson(desk) : 0,
      listing: user ? await countOpenListingCases(desk.store) : 0,
      letters: user ? await countOpenLetters(desk.store, user.id) : 0,
      mentions: user ? await countMentions(desk.store, user.id) : 0,
      // Versions that somebody proposed: they wait for a second person.
      rules: may(user?.role ?? null, 'operate') ? (await countRuleVersions(desk.store)).proposed : 0,
    },
    // Only phrases of ours are shown, never what an address says.
    notice: notice !== '' && words !== notice ? words : null,
    undo: await undoOffer(desk, visit),
  }
}

/** The approvals that this page may take back, while it can. */
async function undoOffer({ store }: Desk, { user, request }: Visit) {
  const asked = readNumbers(request.query.undo)
  if (!user || asked.length === 0 || !may(user.role, 'approve')) return null
  const found = await undoable(store, asked, user.id)
  if (!found) return null
  const { draftIds, leftMs } = found
  return { draftId: draftIds[0], list: draftIds.join('.'), leftMs: Math.round(leftMs) }
}

/** Refunds, replacements and complaints that wait for somebody's decision. */
async function countForAPerson({ store }: Desk): Promise<number> {
  const counts = await Promise.all([
    countWaitingRefunds(store),
    countWaitingReplacements(store),
    countAskedForLine(store),
  ])
  return counts.reduce((sum, count) => sum + count, 0)
}
