import type { Store, Trx } from '../../store/database.ts'
import {
  clustersOf,
  dropEmptyClusters,
  insertCluster,
  lockSuggestions,
  placeVoices,
  type SuggestionToPlace,
  suggestionsToPlace,
} from '../../store/suggestions.ts'
import { createClusters, termsOf } from '../clusters.ts'

/** Codes of wishes and small annoyances: what is counted by what it asks for. */
export const SUGGESTION_CODES = ['feedback.suggestion', 'site.bug'] as const
const BATCH = 200

/**
 * Puts the next voices that wish or grumble into the clusters of what they say, each code and language on its own.
 * @returns whether there may be more
 */
export async function groupSuggestions(store: Store, batch = BATCH): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    await lockSuggestions(trx)
    const waiting = await suggestionsToPlace(trx, SUGGESTION_CODES, batch)
    for (const voices of Map.groupBy(waiting, ({ code, language }) => `${code} ${language}`).values())
      await place(trx, voices)
    await dropEmptyClusters(trx)
    return waiting.length === batch
  })
}

/** Voices of one code and language. */
async function place(trx: Trx, voices: readonly SuggestionToPlace[]): Promise<void> {
  const { code, language } = voices[0] as SuggestionToPlace
  const known = await clustersOf(trx, code, language)
  const clusters = createClusters(
    known.map(({ id, voices: held, ...rest }) => ({ ...rest, id: `known:${id}`, voices: held.map(String) })),
  )
  const terms = new Map(voices.map(({ id, text }) => [id, termsOfVoice(text, language)]))
  for (const [id, words] of terms) clusters.add({ id: String(id), terms: words })
  const before = new Map(known.flatMap(({ id, voices: held }) => held.map((voice) => [voice, id] as const)))
  const moves = []
  for (const cluster of clusters.list()) {
    const clusterId = cluster.id.startsWith('known:')
      ? Number(cluster.id.slice('known:'.length))
      : await insertCluster(trx, { code, language })
    for (const voice of cluster.voices.map(Number)) {
      const words = terms.get(voice)
      if (words) moves.push({ id: voice, clusterId, added: { code, language, terms: words } })
      else if (before.get(voice) !== clusterId) moves.push({ id: voice, clusterId })
    }
  }
  await placeVoices(trx, moves)
}

/** Words of a voice, in whatever language it is; Japanese is cut into words, all others are written apart. */
export function termsOfVoice(text: string, language: string | null): string[] {
  return termsOf(text, language?.startsWith('ja') ? 'ja' : 'en')
}
