import { learnPrecedence, readCorpus } from './corpus.ts'
import { readEvidence } from './evidence.ts'
import { FEATURE_LIMIT } from './features.ts'
import { detectLanguage } from './language.ts'
import { createFeatures } from './linear.ts'
import { createLanguageModel, POSITIVE, trainLanguage } from './model.ts'
import { type Canonical, canonicalise } from './normalise.ts'
import { createReader, type Hits, type Reader, ROLE } from './reading.ts'
import { explain } from './reasons.ts'
import { createScorer } from './scorer.ts'
import { judgeSentiment } from './sentiment.ts'
import { weighSeverity } from './severity.ts'
import { BARE_OPT_OUT } from './signals.ts'
import { ABUSE, SAFETY, type Taxonomy } from './taxonomy.ts'
import { type Trained, trainedOnce, trainInto } from './trained.ts'

export interface TriageInput {
  text: string
  /** Pictures and videos attached. */
  mediaCount?: number
  followers?: number
  /** Complaints of the same author before this one. */
  earlierComplaints?: number
}

/** One thing that decided. `start` and `end` are offsets into the original text (UTF-16 units, end exclusive). */
export interface Reason {
  kind: 'cue' | 'example' | 'sentiment' | 'severity' | 'irony' | 'model'
  text: string
  start?: number
  end?: number
  code?: string
  weight: number
}

export interface Classification {
  /** ISO 639-1; `und` where there are no words. */
  language: string
  /** score −1..1. */
  sentiment: { label: 'negative' | 'neutral' | 'positive'; score: number }
  code: string
  /** Primary first. */
  codes: string[]
  severity: 0 | 1 | 2 | 3
  /** 0..1: how sure the primary code is. */
  confidence: number
  reasons: Reason[]
  /** Why a person must see it whatever the policy says: `danger`, `abuse`, `picture`, `language`. */
  needsPerson: string | null
  /** The author asks not to be answered. */
  optOut: boolean
  /** Words that were read, whatever came of them: of danger; of lawyers, the press or authorities. */
  alarms: { danger: boolean; fire: boolean }
}

export interface Triage {
  taxonomyHash: string
  /** Never throws; looks at the first 4,000 characters and says so in a reason where there were more. */
  classify(input: TriageInput): Classification
}

const FEELINGS = POSITIVE + 1
/** Words fewer than this beside a picture leave the picture to speak. */
const PICTURE_WORDS = 12

/**
 * Builds the classifier: compiles the cues and learns from the examples and the corpus (some seconds).
 * @param options.cacheDir a folder of our own where what was learnt is kept for the next start
 */
export function createTriage(
  taxonomy: Taxonomy,
  { cacheDir = null }: { cacheDir?: string | null } = {},
): Triage {
  const readers = { en: createReader(taxonomy, 'en'), ja: createReader(taxonomy, 'ja') }
  const trained = trainedOnce(cacheDir, taxonomy, () => train(taxonomy, readers))
  const models = {
    en: createLanguageModel(taxonomy, readers.en, trained.en),
    ja: createLanguageModel(taxonomy, readers.ja, trained.ja),
  }
  const scorer = createScorer(taxonomy, trained.precedence)
  const features = createFeatures(FEATURE_LIMIT)
  const sums = new Float64Array(taxonomy.codes.length + FEELINGS)
  const codeSums = sums.subarray(0, taxonomy.codes.length)
  const feelingSums = sums.subarray(taxonomy.codes.length)
  const indexOf = new Map(taxonomy.codes.map(({ code }, index) => [code, index]))
  const none = indexOf.get('none') ?? 0
  const question = indexOf.get('question') ?? 0
  const safety = indexOf.get(SAFETY) ?? -1
  const abuse = indexOf.get(ABUSE) ?? -1

  function classify(input: TriageInput): Classification {
    const source = typeof input.text === 'string' ? input.text : ''
    const text = canonicalise(source)
    const detected = detectLanguage(text)
    const foreign = detected !== 'en' && detected !== 'ja'
    const language = detected === 'ja' ? 'ja' : 'en'
    const reader = readers[language]
    const model = models[language]
    const evidence = readEvidence(text, reader, features)
    const { hits, feeling, words } = evidence
    const signals = readSignals(hits)
    const wordless = detected === 'und'
    const picture = (input.mediaCount ?? 0) > 0 && words < PICTURE_WORDS
    sums.fill(0)
    if (!foreign) model.linear.score(features, sums)
    const sentiment = judgeSentiment(feeling, reader.language, feelingSums)

    if (foreign) {
      const code = wordless && !picture ? none : question
      const codes = [taxonomy.codes[code]?.code ?? 'none']
      return {
        language: detected,
        sentiment,
        code: codes[0] as string,
        codes,
        severity: 0,
        confidence: wordless && !picture ? 0.5 : 0.05,
        reasons: [],
        needsPerson: picture ? 'picture' : wordless ? null : 'language',
        optOut: false,
        alarms: { danger: signals.danger, fire: signals.fire },
      }
    }

    model.kinship.raise(features, codeSums)
    const { codes, confidence } = scorer.score(codeSums, evidence, picture)
    if (signals.danger && safety >= 0 && !codes.includes(safety) && sentiment.label === 'negative')
      codes.push(safety)
    const dangerous = safety >= 0 && codes.includes(safety)
    if (dangerous && codes[0] !== safety) {
      codes.splice(codes.indexOf(safety), 1)
      codes.unshift(safety)
    }
    const { severity, why } = weighSeverity(taxonomy, {
      codes,
      negative: sentiment.label === 'negative',
      dangerous,
      publicFire: signals.fire,
      followers: input.followers ?? 0,
      earlierComplaints: input.earlierComplaints ?? 0,
    })
    const names = codes.map((code) => taxonomy.codes[code]?.code ?? 'none')
    const abusive = abuse >= 0 && codes.includes(abuse)
    const reasons = explain({
      source,
      text,
      hits,
      reader,
      features,
      model: model.linear,
      feeling,
      taxonomy,
      codes,
    })
    for (const reason of why) reasons.push({ kind: 'severity', text: reason, weight: severity })
    if (text.read < source.length) {
      reasons.push({
        kind: 'severity',
        text: `only the first ${text.read} characters were read`,
        weight: 0,
        start: 0,
        end: text.read,
      })
    }
    return {
      language: detected,
      sentiment,
      code: names[0] as string,
      codes: names,
      severity,
      confidence,
      reasons,
      needsPerson: dangerous ? 'danger' : abusive ? 'abuse' : picture ? 'picture' : null,
      optOut: signals.optOut || isBareOptOut(text),
      alarms: { danger: signals.danger, fire: signals.fire },
    }
  }
  return { taxonomyHash: taxonomy.hash, classify }
}

/** Learns what `createTriage` needs and keeps it in a folder. */
export function trainTriage(taxonomy: Taxonomy, cacheDir: string): void {
  const readers = { en: createReader(taxonomy, 'en'), ja: createReader(taxonomy, 'ja') }
  trainInto(cacheDir, taxonomy, () => train(taxonomy, readers))
}

function train(taxonomy: Taxonomy, readers: Record<'en' | 'ja', Reader>): Trained {
  const corpora = { en: readCorpus('en'), ja: readCorpus('ja') }
  const codes = taxonomy.codes.map(({ code }) => code)
  return {
    en: trainLanguage(taxonomy, corpora.en, readers.en),
    ja: trainLanguage(taxonomy, corpora.ja, readers.ja),
    precedence: learnPrecedence(codes, [...corpora.en, ...corpora.ja]),
  }
}

function readSignals(hits: Hits): { danger: boolean; fire: boolean; optOut: boolean } {
  let roles = 0
  for (let h = 0; h < hits.count; h++) roles |= hits.roles[h] as number
  return {
    danger: (roles & ROLE.danger) !== 0,
    fire: (roles & ROLE.fire) !== 0,
    optOut: (roles & ROLE.optOut) !== 0 && (roles & ROLE.optOutBlocker) === 0,
  }
}

function isBareOptOut({ codes, length }: Canonical): boolean {
  return length <= 20 && BARE_OPT_OUT.has(String.fromCharCode(...codes.subarray(0, length)))
}
