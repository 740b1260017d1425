import { z } from 'zod'
import { beginExport, endExport } from '../store/contact-exports.ts'
import type { DossierSubject } from '../store/dossier.ts'
import { concludeTry, findTry, insertTry } from '../store/dossier-tries.ts'
import { firstContact } from '../store/review-counts.ts'
import { businessDay } from '../time-zone.ts'
import { anonymise } from '../triage/index.ts'
import { plusDays, startOfDay } from '../voice/index.ts'
import { type Desk, sendPage } from './desk.ts'
import { dossierCsv, dossierMarkdown } from './dossier-file.ts'
import { DOSSIER_SPANS, type Dossier, type DossierSpanName, dossierOf } from './dossier-view.ts'
import { formatDay } from './format.ts'
import {
  goTo,
  ProblemError,
  type Route,
  readForm,
  readId,
  signedIn,
  type Visit,
  withoutNul,
} from './visit.ts'

const words = z
  .string()
  .trim()
  .min(1)
  .max(1000)
  .transform((text) => anonymise(text, { names: [] }))
const name = z.string().trim().min(1).max(200)
const cluster = z.string().regex(/^[1-9]\d{0,14}$/)
const tryForm = z.object({
  kind: z.enum(['code', 'product', 'cluster']),
  name,
  tried: words,
  on: z.iso.date(),
})
const resultForm = z.object({ result: words })
const HREFS = {
  cord: '/andon/cords/',
  'listing-case': '/listing-cases/',
  letter: '/letters/',
  rule: '/rules#rule-',
}

/** All of one code, product or cluster in one place that can be printed, with what people tried against it. */
export function dossierRoutes(desk: Desk): Route[] {
  const { store } = desk
  return [
    {
      method: 'get',
      path: '/voice/dossier',
      allow: 'read',
      async handle(visit) {
        const subject = readSubject(visit)
        const choices = choicesFor(desk, visit, subject)
        if (!subject) return sendPage(desk, visit, 'dossier-choose', choices)
        const dossier = await readDossier(desk, visit, subject)
        const { language } = visit
        await sendPage(desk, visit, 'dossier', {
          ...choices,
          dossier: {
            ...dossier,
            tried: dossier.tried.map((each) => ({
              ...each,
              day: formatDay(language, businessDay(each.began, desk.replies.brand.timeZone)),
              href: each.what === 'note' ? null : HREFS[each.what] + each.ref,
            })),
          },
          days: { from: formatDay(language, dossier.from), to: formatDay(language, dossier.to) },
          spans: DOSSIER_SPANS.map((span) => ({ span, href: addressOf('/voice/dossier', subject, span) })),
          files: {
            csv: addressOf('/voice/dossier.csv', subject, dossier.span),
            md: addressOf('/voice/dossier.md', subject, dossier.span),
          },
          today: dossier.to,
        })
      },
    },
    {
      method: 'get',
      path: '/voice/dossier.csv',
      allow: 'read',
      handle: (visit) => sendFile(visit, 'csv', (dossier) => dossierCsv(dossier)),
    },
    {
      method: 'get',
      path: '/voice/dossier.md',
      allow: 'read',
      handle: (visit) =>
        sendFile(visit, 'md', (dossier) =>
          dossierMarkdown(
            visit.language,
            dossier,
            desk.config.publicUrl + addressOf('/voice/dossier', dossier.subject, dossier.span),
          ),
        ),
    },
    {
      method: 'post',
      path: '/voice/dossier/tries',
      allow: 'edit',
      async handle(visit) {
        const { kind, name, tried, on } = readForm(visit, tryForm)
        const subject = { kind, name }
        if (kind === 'cluster' && !cluster.safeParse(name).success) throw new ProblemError(400, 'badForm')
        if (on > businessDay(new Date(), desk.replies.brand.timeZone)) throw new ProblemError(400, 'badForm')
        if (!(await dossierOf(desk, visit, subject, 'month'))) throw new ProblemError(404)
        const given = { tried, on, userId: signedIn(visit).id }
        await store.transaction().execute((trx) => insertTry(trx, subject, given))
        goTo(visit, `${addressOf('/voice/dossier', subject)}#tried`, 'saved')
      },
    },
    {
      method: 'post',
      path: '/voice/dossier/tries/:id/result',
      allow: 'edit',
      async handle(visit) {
        const known = await findTry(store, readId(visit))
        if (!known) throw new ProblemError(404)
        const { result } = readForm(visit, resultForm)
        const given = { id: known.id, result, userId: signedIn(visit).id }
        const saved = await store.transaction().execute((trx) => concludeTry(trx, given))
        const subject = { kind: known.kind, name: known.name }
        goTo(visit, `${addressOf('/voice/dossier', subject)}#tried`, saved ? 'saved' : 'triedResultKnown')
      },
    },
  ]

  /** Masked voices leave the house: written down first, so that whoever erases a person knows of it. */
  async function sendFile(
    visit: Visit,
    format: 'csv' | 'md',
    write: (dossier: Dossier) => string,
  ): Promise<void> {
    const subject = readSubject(visit)
    if (!subject) throw new ProblemError(400, 'badForm')
    const dossier = await readDossier(desk, visit, subject)
    const { from, to, read } = dossier
    const zone = desk.replies.brand.timeZone
    const id = await beginExport(store, {
      by: `user:${signedIn(visit).id}`,
      format,
      from: startOfDay(from, zone),
      to: startOfDay(plusDays(to, 1), zone),
      texts: true,
    })
    const file = write(dossier)
    await endExport(store, id, read.voices)
    visit.response
      .set('cache-control', 'no-store')
      .attachment(`dossier-${from}-${to}.${format}`)
      .type(format === 'csv' ? 'text/csv' : 'text/markdown')
      .send(file)
  }
}

/** All of history that voices may be of, for files without a span. */
export async function wholeHistory(desk: Desk): Promise<{ from: Date; to: Date }> {
  const to = new Date()
  return { from: (await firstContact(desk.store)) ?? to, to }
}

/** Address of the dossier of something. */
export function addressOf(path: string, { kind, name }: DossierSubject, span?: DossierSpanName): string {
  return `${path}?${new URLSearchParams({ [kind]: name, ...(span ? { span } : {}) })}`
}

async function readDossier(desk: Desk, visit: Visit, subject: DossierSubject): Promise<Dossier> {
  const asked = DOSSIER_SPANS.find((span) => span === visit.request.query.span) ?? 'quarter'
  const dossier = await dossierOf(desk, visit, subject, asked)
  if (!dossier) throw new ProblemError(404)
  return dossier
}

/** What the address is about; null where it says nothing. @throws ProblemError 404 */
function readSubject({ request: { query } }: Visit): DossierSubject | null {
  for (const kind of ['cluster', 'product', 'code'] as const) {
    if (query[kind] === undefined || query[kind] === '') continue
    const given = (kind === 'cluster' ? cluster : name).safeParse(query[kind])
    if (!given.success) throw new ProblemError(404)
    return { kind, name: withoutNul(given.data) }
  }
  return null
}

function choicesFor(desk: Desk, { language }: Visit, subject: DossierSubject | null) {
  const { products = [], titles = [] } = desk.andon?.catalogue ?? {}
  return {
    codes: desk.taxonomy.codes.map(({ code, name }) => ({ code, name: name[language] })),
    things: [...products, ...titles].map(({ id, name }) => ({ id, name: name[language] })),
    chosen: subject,
  }
}
