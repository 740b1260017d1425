/** A voice by the words that it is about. */
export interface ClusteredVoice {
  id: string
  /** From `termsOf`, or any other words: what counts is which of them voices share. */
  terms: readonly string[]
}

/** Voices that say the same, as plain data: one row. */
export interface Cluster {
  /** The id of its first voice; it stays when others join. Of two that become one the fixed one stays, or the older. */
  id: string
  voices: string[]
  /** In how many of its voices each term stands. */
  terms: Record<string, number>
  /** People arranged it: it never becomes one with another such. */
  fixed?: boolean
}

export interface Clusters {
  /** @returns the id of the cluster that it joined or began */
  add(voice: ClusteredVoice): string
  /** Forgets a voice, for instance when a person is erased; does nothing if it is unknown. */
  remove(voice: ClusteredVoice): void
  /** The most voices first. */
  list(): Cluster[]
}

/** A voice joins the cluster that it is at least so alike (cosine, 0 to 1). */
const JOIN = 0.2
/** Two clusters that have become so alike become one. */
const MERGE = 0.35
/** A cluster of more voices than these is compared with the others once for so many. */
const MERGE_EVERY = 16

/**
 * Groups voices by what they say, one by one as they come, so that forty people who ask for a longer notes field are
 * one line. Leader clustering (Hartigan 1975, Clustering Algorithms, chapter 3) on cosines of tf-idf vectors (Salton and
 * Buckley 1988), with clusters that have grown alike made one. The same voices in the same order give the same clusters.
 * Voices that share no words are not found to say the same; languages do not mix. Keep one for each code and language.
 * @param stored what `list` gave
 */
export function createClusters(stored: readonly Cluster[] = []): Clusters {
  const clusters = new Map<string, Group>(
    stored.map(({ id, voices, terms, fixed = false }) => [
      id,
      { id, voices: [...voices], terms: new Map(Object.entries(terms)), fixed },
    ]),
  )
  const frequency = new Map<string, number>()
  let total = 0
  for (const { voices, terms } of clusters.values()) {
    total += voices.length
    for (const [term, count] of terms) frequency.set(term, (frequency.get(term) ?? 0) + count)
  }
  const holders = new Map<string, Set<Group>>()
  for (const group of clusters.values()) note(group, group.terms.keys())
  const rarity = (term: string) => Math.log(1 + (total + 1) / ((frequency.get(term) ?? 0) + 1))

  /** Remembers which clusters hold a term, so that only those are looked at. */
  function note(group: Group, terms: Iterable<string>): void {
    for (const term of terms) {
      const known = holders.get(term)
      if (known) known.add(group)
      else holders.set(term, new Set([group]))
    }
  }

  function closest(group: Group, least: number): Group | null {
    const others = new Set<Group>()
    for (const term of group.terms.keys()) for (const other of holders.get(term) ?? []) others.add(other)
    others.delete(group)
    let best: Group | null = null
    let likeness = least
    const own = norm(group, rarity)
    for (const other of others) {
      if (group.fixed && other.fixed) continue
      const found = cosine(group, other, rarity, own)
      // of two that are as alike the one with the smaller id, whatever the order they are looked at
      if (found < likeness || (best && found === likeness && best.id < other.id)) continue
      best = other
      likeness = found
    }
    return best
  }

  function settle(group: Group): Group {
    const other = closest(group, MERGE)
    if (!other) return group
    const ids = [...clusters.keys()]
    const stays = group.fixed === other.fixed ? ids.indexOf(group.id) < ids.indexOf(other.id) : group.fixed
    const [older, newer] = stays ? [group, other] : [other, group]
    take(newer, older)
    note(older, newer.terms.keys())
    for (const term of newer.terms.keys()) holders.get(term)?.delete(newer)
    clusters.delete(newer.id)
    return settle(older)
  }

  return {
    add({ id, terms }) {
      const group: Group = {
        id,
        voices: [id],
        terms: new Map([...new Set(terms)].map((term) => [term, 1])),
        fixed: false,
      }
      const home = closest(group, JOIN)
      total++
      for (const term of group.terms.keys()) frequency.set(term, (frequency.get(term) ?? 0) + 1)
      if (!home) {
        clusters.set(id, group)
        note(group, terms)
        return id
      }
      take(group, home)
      note(home, terms)
      // a large cluster hardly moves with one voice
      return home.voices.length > MERGE_EVERY && home.voices.length % MERGE_EVERY !== 0
        ? home.id
        : settle(home).id
    },
    remove({ id, terms }) {
      const home = [...clusters.values()].find(({ voices }) => voices.includes(id))
      if (!home) return
      total--
      home.voices = home.voices.filter((voice) => voice !== id)
      for (const term of new Set(terms)) {
        lower(home.terms, term)
        lower(frequency, term)
        if (!home.terms.has(term)) holders.get(term)?.delete(home)
      }
      if (home.voices.length === 0) clusters.delete(home.id)
    },
    list: () =>
      [...clusters.values()]
        .map(({ id, voices, terms, fixed }) => ({
          id,
          voices: [...voices],
          terms: Object.fromEntries(terms),
          ...(fixed ? { fixed } : {}),
        }))
        .sort((one, other) => other.voices.length - one.voices.length),
  }
}

interface Group {
  id: string
  voices: string[]
  terms: Map<string, number>
  fixed: boolean
}

function take(from: Group, into: Group): void {
  into.voices.push(...from.voices)
  for (const [term, count] of from.terms) into.terms.set(term, (into.terms.get(term) ?? 0) + count)
}

function lower(counts: Map<string, number>, term: string): void {
  const left = (counts.get(term) ?? 0) - 1
  if (left > 0) counts.set(term, left)
  else counts.delete(term)
}

/** Each term weighs as its share of the group's voices times its rarity. `normOfOne` is that of `one`. */
function cosine(one: Group, other: Group, rarity: (term: string) => number, normOfOne: number): number {
  const [few, many] = one.terms.size < other.terms.size ? [one, other] : [other, one]
  let shared = 0
  for (const [term, count] of few.terms) {
    const match = many.terms.get(term)
    if (match) shared += count * match * rarity(term) ** 2
  }
  return shared / Math.sqrt(normOfOne * norm(other, rarity))
}

function norm({ terms }: Group, rarity: (term: string) => number): number {
  let sum = 0
  for (const [term, count] of terms) sum += (count * rarity(term)) ** 2
  return sum
}

const segmenters = {
  en: new Intl.Segmenter('en', { granularity: 'word' }),
  ja: new Intl.Segmenter('ja', { granularity: 'word' }),
}

/**
 * The words of a text that may say what it is about: of Japanese those with a kanji, a katakana or a letter in them, as
 * the rest is grammar; of English all but the commonest, without their endings.
 * @param alike groups of words that mean the same, such as the classes of triage; each stands for its group
 */
export function termsOf(
  text: string,
  language: 'en' | 'ja',
  alike: readonly (readonly string[])[] = [],
): string[] {
  const terms = new Set<string>()
  for (const { segment, isWordLike } of segmenters[language].segment(text.normalize('NFKC').toLowerCase())) {
    if (!isWordLike || /^[\d\p{P}]+$/u.test(segment)) continue
    if (language === 'ja' ? !/[\p{sc=Han}\p{sc=Katakana}a-z]/u.test(segment) : COMMON.has(segment)) continue
    const group = alike.find((words) => words.includes(segment))?.[0] ?? segment
    terms.add(language === 'ja' ? group : stemOf(group))
  }
  return [...terms]
}

/** "boxes", "boxed" and "boxing" are "box". */
function stemOf(word: string): string {
  const stem = word
    .replace(/['’]s?$/, '')
    .replace(/(?:ies|y)$/, 'i')
    .replace(/(?:es|s|ing|ed|e)$/, '')
  return stem.length < 3 ? word : stem
}

const COMMON = new Set(
  (
    'a about after all also am an and any are as at back be because been but by can can’t cannot could did do does doesn’t ' +
    'don’t dont even every for from get give go had has have he her here hi how i i’d i’m i’ve if in into is isn’t it it’s ' +
    'its just keep like let make maybe me more most my need never next no not now of on one only or our out over please ' +
    'really should so some still than thank thanks that that’s the their them then there these they thing this time to too ' +
    "up us use very want was way we were what when where which who why will wish with without would you your it's i'm " +
    "i'd i've don't can't isn't doesn't that's won't wouldn't"
  ).split(' '),
)
