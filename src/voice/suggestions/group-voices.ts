import { createClusters } from '../clusters.ts'
import { termsOfVoice } from './group-suggestions.ts'
import { mostTypical } from './most-typical.ts'

/** Voices that say the same, for one look at them. */
export interface VoiceGroup<Voice> {
  language: string
  voices: Voice[]
  /** Those that say best what all of them say. */
  typical: Voice[]
}

/** Groups voices by what they say, each language on its own; the most voices first, then in the order given. */
export function groupVoices<Voice extends { id: number; language: string | null; text: string }>(
  voices: readonly Voice[],
  typical: number,
): VoiceGroup<Voice>[] {
  const groups = [...Map.groupBy(voices, ({ language }) => language?.split('-')[0] ?? '')].flatMap(
    ([language, spoken]) => {
      const byId = new Map(
        spoken.map((voice) => [String(voice.id), { voice, terms: termsOfVoice(voice.text, language) }]),
      )
      const clusters = createClusters()
      for (const [id, { terms }] of byId) clusters.add({ id, terms })
      return clusters.list().map((cluster) => {
        const held = cluster.voices.flatMap((id) => byId.get(id) ?? [])
        return {
          language,
          voices: held.map(({ voice }) => voice),
          typical: mostTypical(held, typical).map(({ voice }) => voice),
        }
      })
    },
  )
  return groups.sort((one, other) => other.voices.length - one.voices.length)
}
