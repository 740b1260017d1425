/** So many more words count as many as a voice has, so that one of two words does not speak for all. */
const AT_LEAST = 3

/**
 * Those of a group that say best what all say: their words are the ones that most others use too. Of
 * several in the same words there is one.
 */
export function mostTypical<Voice extends { terms: readonly string[] }>(
  voices: readonly Voice[],
  most: number,
): Voice[] {
  const counts = new Map<string, number>()
  for (const { terms } of voices)
    for (const term of new Set(terms)) counts.set(term, (counts.get(term) ?? 0) + 1)
  const weight = ({ terms }: Voice) =>
    terms.reduce((sum, term) => sum + (counts.get(term) ?? 0), 0) / (terms.length + AT_LEAST)
  const said = new Set<string>()
  return voices
    .toSorted((one, other) => weight(other) - weight(one))
    .filter(({ terms }) => {
      const words = terms.join(' ')
      return !said.has(words) && said.add(words)
    })
    .slice(0, most)
}
