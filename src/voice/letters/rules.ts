import { matchesCode } from '../../code-pattern.ts'
import type { Store } from '../../store/database.ts'
import { casesHeardSince, type HeardCase, letterToJoin, type Sieve } from '../../store/letter-rules.ts'
import { addLetterCases, letterEvent } from '../../store/letters.ts'
import type { Letters } from './letters.ts'
import type { LetterRule } from './letters-file.ts'
import { addVoices, sendUp, VOICES } from './send-up.ts'
import { ruleTitle } from './words.ts'

/** What comes within a day of a rule's letter about the same code joins it, as long as that is open. */
const JOINS_WITHIN_MS = 24 * 60 * 60_000
/** Looked at once more, for what was committed late. */
const OVERLAP_MS = 30_000
const AT_ONCE = 500

/** Whether a rule sends a case up: all that it names must hold. */
export function ruleHolds(rule: LetterRule, heard: HeardCase, text = fold(heard.text)): boolean {
  if (rule.severity !== undefined && heard.severity < rule.severity) return false
  if (rule.reach !== undefined && heard.reach < rule.reach) return false
  if (rule.codes && !matchesCode(rule.codes, heard.code)) return false
  return rule.words === undefined || saysAny(text, rule.words)
}

function saysAny(text: string, words: NonNullable<LetterRule['words']>): boolean {
  return (
    words.ja.some((word) => text.includes(fold(word))) ||
    words.en.some((word) => {
      const wanted = fold(word)
      for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
        if (!/[a-z0-9]/.test(text[at - 1] ?? ' ') && !/[a-z0-9]/.test(text[at + wanted.length] ?? ' '))
          return true
      }
      return false
    })
  )
}

const fold = (text: string) => text.normalize('NFKC').toLowerCase()

/**
 * Sends up what the rules of templates/letters.yaml name, of posts triaged since then. Once for each rule and case;
 * what is about the same joins the letter that is open.
 * @returns where to go on
 */
export async function sendUpByRules(
  store: Store,
  letters: Letters,
  since: Date,
  now: Date,
): Promise<{ sent: number; joined: number; since: Date }> {
  const { rules } = letters.file
  if (rules.length === 0) return { sent: 0, joined: 0, since: now }
  const sieves = rules.map(sieveOf)
  let sent = 0
  let joined = 0
  let reached = since
  for (;;) {
    const heard = await casesHeardSince(store, reached, sieves, AT_ONCE)
    for (const each of heard) {
      const rule = rules.find((candidate) => ruleHolds(candidate, each))
      if (!rule || each.code === letters.abuse || each.code === 'none') continue
      const done = await sendOne(store, letters, rule, each, now)
      if (done === 'sent') sent++
      if (done === 'joined') joined++
    }
    const last = heard.at(-1)
    if (!last || heard.length < AT_ONCE || last.at <= reached) {
      return { sent, joined, since: new Date(Math.max(since.getTime(), now.getTime() - OVERLAP_MS)) }
    }
    reached = last.at
  }
}

/** The database looks for the words too, so that only few posts are read. */
function sieveOf({ severity, reach, words }: LetterRule): Sieve {
  const all =
    words && [...words.en, ...words.ja].map((word) => fold(word).replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
  return { severity, reach, pattern: all && all.length > 0 ? all.join('|') : undefined }
}

async function sendOne(store: Store, letters: Letters, rule: LetterRule, heard: HeardCase, now: Date) {
  const department = letters.codes.ownerOf(heard.code)
  const key = `${rule.id}:case:${heard.caseId}`
  const since = new Date(now.getTime() - JOINS_WITHIN_MS)
  const found = await letterToJoin(store, { rule: rule.id, code: heard.code, caseId: heard.caseId, since })
  if (found?.has) return 'known'
  if (found) {
    await store.transaction().execute(async (trx) => {
      await addLetterCases(trx, found.letterId, [heard.caseId])
      await addVoices(trx, letters, found.letterId, [heard.caseId], VOICES - found.voices)
      await letterEvent(trx, found.letterId, {
        what: 'joined',
        by: null,
        round: found.round,
        note: `${heard.caseId}`,
      })
    })
    return 'joined'
  }
  const language = letters.file.departments[department]?.language ?? letters.language
  const done = await sendUp(
    store,
    letters,
    {
      source: 'rule',
      department,
      caseIds: [heard.caseId],
      title: ruleTitle(letters.codes.nameOf(heard.code)[language], rule.id, language),
      reason: '',
      sentBy: null,
      rule: { id: rule.id, key },
    },
    now,
  )
  return done.outcome
}
