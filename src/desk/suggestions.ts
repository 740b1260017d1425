import { z } from 'zod'
import { beginExport, endExport } from '../store/contact-exports.ts'
import type { Trx } from '../store/database.ts'
import {
  finishSuggestion,
  languagesOfSuggestions,
  listSuggestions,
  mergeSuggestions,
  nameSuggestion,
  SUGGESTION_VIEWS,
  takeVoiceOut,
  voicesOfSuggestions,
} from '../store/suggestions.ts'
import { anonymise } from '../triage/index.ts'
import { cutTo, mostTypical, SUGGESTION_CODES } from '../voice/index.ts'
import { codeName, type Desk, sendPage } from './desk.ts'
import { wholeHistory } from './dossier.ts'
import { type SaidSuggestion, suggestionsCsv, suggestionsMarkdown } from './dossier-file.ts'
import { languageName } from './language-names.ts'
import { goTo, ProblemError, type Route, readForm, readId, signedIn, type Visit } from './visit.ts'

const LISTED = 100
const IN_FILE = 1_000
/** Voices that are looked at for those that say best what all say. */
const READ = 40
const TYPICAL = 3
const SHOWN = 200
const TITLE_WIDTH = 90
const masked = (text: string) => anonymise(text, { names: [] })
const number = z
  .string()
  .regex(/^[1-9]\d{0,14}$/)
  .transform(Number)
const nameForm = z.object({ name: z.string().trim().max(120).transform(masked) })
const doneForm = z.object({ done: z.string().trim().min(1).max(1000).transform(masked) })
const mergeForm = z.object({ into: number })
const outForm = z.object({ voice: number })

/** Wishes and small annoyances by what they ask for, and what people do with them. */
export function suggestionRoutes(desk: Desk): Route[] {
  const { store } = desk
  return [
    {
      method: 'get',
      path: '/voice/suggestions',
      allow: 'read',
      async handle(visit) {
        const asked = readAsked(visit)
        const [clusters, spoken] = await Promise.all([read(asked, LISTED), languagesOfSuggestions(store)])
        const file = (format: string) =>
          `/voice/suggestions.${format}?${new URLSearchParams({ view: asked.view, code: asked.code ?? '', language: asked.language ?? '' })}`
        await sendPage(desk, visit, 'suggestions', {
          clusters: clusters.map((each) => shown(visit, each)),
          views: SUGGESTION_VIEWS,
          asked,
          more: clusters.length === LISTED,
          codes: SUGGESTION_CODES.map((code) => ({ code, name: codeName(desk, visit, code) })),
          languages: spoken.flatMap((code) =>
            code === '' ? [] : [{ code, name: languageName(visit.language, code) }],
          ),
          files: { csv: file('csv'), md: file('md') },
        })
      },
    },
    {
      method: 'get',
      path: '/voice/suggestions.csv',
      allow: 'read',
      handle: (visit) => sendFile(visit, 'csv', suggestionsCsv),
    },
    {
      method: 'get',
      path: '/voice/suggestions.md',
      allow: 'read',
      handle: (visit) =>
        sendFile(visit, 'md', (clusters) =>
          suggestionsMarkdown(visit.language, clusters, `${desk.config.publicUrl}/voice/suggestions`),
        ),
    },
    {
      method: 'get',
      path: '/voice/suggestions/:id',
      allow: 'read',
      async handle(visit) {
        const id = readId(visit)
        const [cluster] = await listSuggestions(store, { id }, 1)
        if (!cluster) throw new ProblemError(404)
        const voices = await voicesOfSuggestions(store, [id], SHOWN)
        const { code, language } = cluster
        const same = await listSuggestions(store, { view: 'many' }, LISTED)
        const others = same.filter((each) => each.id !== id)
        const typical = await typicalOf(others.map((each) => each.id))
        await sendPage(desk, visit, 'suggestion', {
          cluster: shown(visit, { ...cluster, typical: mostTypical(voices, TYPICAL) }),
          voices: voices.map((voice) => ({ ...voice, lang: voice.language?.split('-')[0] ?? '' })),
          more: cluster.voices > voices.length,
          // Those most like it first.
          others: others
            .map((each) => ({
              ...shown(visit, { ...each, typical: typical(each.id) }),
              like: likeness(each, code, language),
            }))
            .sort((one, other) => other.like - one.like),
        })
      },
    },
    {
      method: 'post',
      path: '/voice/suggestions/:id/name',
      allow: 'edit',
      handle: (visit) => {
        const { name } = readForm(visit, nameForm)
        return act(visit, (trx, id, actor) => nameSuggestion(trx, id, name === '' ? null : name, actor))
      },
    },
    {
      method: 'post',
      path: '/voice/suggestions/:id/done',
      allow: 'edit',
      handle: (visit) => {
        const { done } = readForm(visit, doneForm)
        const userId = signedIn(visit).id
        return act(visit, (trx, id) => finishSuggestion(trx, { id, done, userId }))
      },
    },
    {
      method: 'post',
      path: '/voice/suggestions/:id/reopen',
      allow: 'edit',
      handle: (visit) => {
        const userId = signedIn(visit).id
        return act(visit, (trx, id) => finishSuggestion(trx, { id, done: null, userId }))
      },
    },
    {
      method: 'post',
      path: '/voice/suggestions/:id/merge',
      allow: 'edit',
      handle: (visit) => {
        const { into } = readForm(visit, mergeForm)
        return act(visit, (trx, id, actor) => mergeSuggestions(trx, id, into, actor), into)
      },
    },
    {
      method: 'post',
      path: '/voice/suggestions/:id/take-out',
      allow: 'edit',
      handle: (visit) => {
        const { voice } = readForm(visit, outForm)
        return act(
          visit,
          async (trx, id, actor) => (await takeVoiceOut(trx, { id, voiceId: voice, actor })) !== null,
        )
      },
    },
  ]

  async function act(
    visit: Visit,
    work: (trx: Trx, id: number, actor: string) => Promise<boolean>,
    goesOn?: number,
  ): Promise<void> {
    const id = readId(visit)
    const [known] = await listSuggestions(store, { id }, 1)
    if (!known) throw new ProblemError(404)
    const actor = `user:${signedIn(visit).id}`
    const done = await store.transaction().execute((trx) => work(trx, id, actor))
    goTo(visit, `/voice/suggestions/${done ? (goesOn ?? id) : id}`, done ? 'saved' : 'suggestionChanged')
  }

  async function read(asked: ReturnType<typeof readAsked>, limit: number): Promise<SaidSuggestion[]> {
    const clusters = await listSuggestions(store, asked, limit)
    const typical = await typicalOf(clusters.map(({ id }) => id))
    return clusters.map((each) => ({ ...each, typical: typical(each.id) }))
  }

  /** Of each cluster the voices that say best what all say. */
  async function typicalOf(ids: readonly number[]) {
    const voices = Map.groupBy(await voicesOfSuggestions(store, ids, READ), ({ clusterId }) => clusterId)
    return (id: number) => mostTypical(voices.get(id) ?? [], TYPICAL)
  }

  function shown(visit: Visit, cluster: SaidSuggestion) {
    const [first] = cluster.typical
    return {
      ...cluster,
      title: cluster.name ?? cutTo(first?.text ?? '', TITLE_WIDTH),
      titleLang: cluster.name === null ? (first?.language?.split('-')[0] ?? '') : '',
      about: codeName(desk, visit, cluster.code),
      typical: cluster.typical.map((voice) => ({ ...voice, lang: voice.language?.split('-')[0] ?? '' })),
    }
  }

  /** Masked voices leave the house: written down first, so that whoever erases a person knows of it. */
  async function sendFile(
    visit: Visit,
    format: 'csv' | 'md',
    write: (clusters: readonly SaidSuggestion[]) => string,
  ): Promise<void> {
    const clusters = await read(readAsked(visit), IN_FILE)
    const by = `user:${signedIn(visit).id}`
    const id = await beginExport(store, { by, format, ...(await wholeHistory(desk)), texts: true })
    const file = write(clusters)
    await endExport(
      store,
      id,
      clusters.reduce((sum, { typical }) => sum + typical.length, 0),
    )
    visit.response
      .set('cache-control', 'no-store')
      .attachment(`suggestions.${format}`)
      .type(format === 'csv' ? 'text/csv' : 'text/markdown')
      .send(file)
  }
}

function likeness(each: { code: string; language: string }, code: string, language: string): number {
  return Number(each.code === code) * 2 + Number(each.language === language)
}

function readAsked({ request: { query } }: Visit) {
  const code = SUGGESTION_CODES.find((each) => each === query.code) ?? null
  const given = z
    .string()
    .regex(/^[a-z]{2,3}$/)
    .safeParse(query.language)
  return {
    view: SUGGESTION_VIEWS.find((view) => view === query.view) ?? 'many',
    code,
    language: given.success ? given.data : null,
  }
}
