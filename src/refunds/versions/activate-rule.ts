import { audit } from '../../store/audit.ts'
import type { Db, Store } from '../../store/database.ts'
import {
  findRuleVersions,
  lockRuleVersions,
  moveRuleVersion,
  proposeRuleVersion,
  type RuleVersionRow,
} from '../../store/rule-versions.ts'
import type { Sentence } from '../decision/sentence.ts'
import { areRivals } from '../rules/load.ts'
import { readStoredRule } from './stored-rule.ts'
import { activeRules } from './versions.ts'

/** Whoever types commands: the machine knows no name. */
export const COMMAND_LINE = 'command-line'

export type ActivationRefusal =
  | 'unknown'
  | 'ambiguous'
  | 'nothing-new'
  | 'active-already'
  | 'unreadable'
  | 'clash'
  | 'same-person'
  | 'no-name'

export type Activation =
  | { outcome: 'activated'; hash: string; before: string | null }
  | { outcome: 'proposed'; hash: string }
  | { outcome: 'refused'; reason: ActivationRefusal; why: Sentence }

/** The version that is meant, or why there is none. */
export type FoundVersion =
  | { version: RuleVersionRow; before: RuleVersionRow | null }
  | Extract<Activation, { outcome: 'refused' }>

/**
 * Finds the version of a rule that is to be activated, and the one that pays now.
 * @param hash its beginning, six characters or more; null takes what the file says
 */
export async function findVersion(db: Db, ruleId: string, hash: string | null): Promise<FoundVersion> {
  const all = await findRuleVersions(db, ruleId, '')
  if (all.length === 0) {
    return refused('unknown', `there is no rule ${ruleId}`, `ルール「${ruleId}」はありません`)
  }
  const before = all.find((row) => row.state === 'active') ?? null
  const meant =
    hash === null
      ? all.filter((row) => row.state === 'shadow')
      : all.filter((row) => hash.length >= 6 && row.hash.startsWith(hash))
  if (hash === null && meant.length === 0) {
    return refused(
      'nothing-new',
      before
        ? `${ruleId}: the file says what is active already`
        : `${ruleId}: no version runs in the shadow; name an earlier one by its hash`,
      before
        ? `${ruleId}：ファイルの内容はすでに有効です`
        : `${ruleId}：試行中の版がありません。以前の版をハッシュで指定してください`,
    )
  }
  const [version, another] = meant
  if (!version) {
    return refused(
      'unknown',
      `${ruleId} has no version ${hash}; give six or more characters of its hash`,
      `${ruleId}に版${hash}はありません。ハッシュの先頭6文字以上で指定してください`,
    )
  }
  if (another) {
    return refused(
      'ambiguous',
      `several versions of ${ruleId} begin with ${hash}; give more of the hash`,
      `${ruleId}には${hash}で始まる版が複数あります。もう少し長く指定してください`,
    )
  }
  return { version, before }
}

/**
 * Makes a version pay, and retires the one before. Where four eyes are asked for, the first call proposes and the
 * call of another person agrees. An earlier version may be activated again in the same way.
 * @param actor 'user:7', or COMMAND_LINE, which can propose, and does not count as one of two people
 */
export async function activateRule(
  store: Store,
  change: { ruleId: string; hash: string | null; actor: string; fourEyes: boolean },
): Promise<Activation> {
  const { ruleId, actor, fourEyes } = change
  return store.transaction().execute(async (trx) => {
    await lockRuleVersions(trx)
    const found = await findVersion(trx, ruleId, change.hash)
    if ('outcome' in found) return found
    const { version, before } = found
    const refusal = await reasonAgainst(trx, version)
    if (refusal) return refusal
    const subject = `rule:${ruleId}`
    const hashes = { before: before?.hash ?? null, after: version.hash }
    // The command line says nothing of who it is: whoever is first to put a name to its proposal has proposed it.
    const nameless = version.proposed_by === null || version.proposed_by === COMMAND_LINE
    if (fourEyes && nameless && version.proposed_by !== actor) {
      await proposeRuleVersion(trx, { ruleId, hash: version.hash }, actor)
      await audit(trx, actor, 'rule.proposed', subject, hashes)
      return { outcome: 'proposed', hash: version.hash }
    }
    if (fourEyes && version.proposed_by === actor) {
      return refused(
        'same-person',
        `whoever proposed this version can not agree to it; a second person does, on the page "Rules"`,
        'この版を提案した本人は承認できません。別の担当者が「ルール」のページで承認してください',
      )
    }
    if (fourEyes && actor === COMMAND_LINE) {
      return refused(
        'no-name',
        'a second person must agree under their own name, on the page "Rules"',
        '二人目の承認は、ご本人の名前で「ルール」のページから行ってください',
      )
    }
    if (before) await step(trx, before, actor)
    await moveRuleVersion(trx, { ruleId, hash: version.hash }, 'active', actor)
    await audit(trx, actor, 'rule.activated', subject, { ...hashes, proposedBy: version.proposed_by })
    return { outcome: 'activated', hash: version.hash, before: before?.hash ?? null }
  })
}

async function reasonAgainst(
  trx: Db,
  version: RuleVersionRow,
): Promise<Extract<Activation, { outcome: 'refused' }> | null> {
  const { rule_id: id } = version
  if (version.state === 'active') {
    return refused(
      'active-already',
      `this version of ${id} is active already`,
      `${id}のこの版はすでに有効です`,
    )
  }
  const { rule, problem } = readStoredRule(version.hash, version.content)
  if (!rule) {
    return refused(
      'unreadable',
      `this release can not read that version of ${id}: ${problem}`,
      `現在のリリースでは${id}のこの版を読み込めません：${problem}`,
    )
  }
  const clash = (await activeRules(trx)).find((other) => other.id !== id && areRivals(other, rule))
  if (!clash) return null
  return refused(
    'clash',
    `${clash.id} is active with priority ${rule.priority} for ${rule.event} too; give each its own`,
    `有効なルール${clash.id}も${rule.event}で優先度${rule.priority}です。別々の優先度にしてください`,
  )
}

/**
 * Stops a rule: no version of it pays any more. Where its file still stands, it goes on in the shadow.
 * @returns the hash of the version that paid, or null where none did
 */
export async function retireRule(
  store: Store,
  { ruleId, actor }: { ruleId: string; actor: string },
): Promise<string | null> {
  return store.transaction().execute(async (trx) => {
    await lockRuleVersions(trx)
    const active = (await findRuleVersions(trx, ruleId, '')).find((row) => row.state === 'active')
    if (!active) return null
    await step(trx, active, actor)
    await audit(trx, actor, 'rule.retired', `rule:${ruleId}`, { before: active.hash, after: null })
    return active.hash
  })
}

/** Takes back the proposal to activate a version. @returns false where there was none */
export async function withdrawProposal(
  store: Store,
  { ruleId, hash, actor }: { ruleId: string; hash: string; actor: string },
): Promise<boolean> {
  return store.transaction().execute(async (trx) => {
    await lockRuleVersions(trx)
    const [version] = await findRuleVersions(trx, ruleId, hash)
    if (!version?.proposed_by || version.state === 'active') return false
    await moveRuleVersion(trx, { ruleId, hash: version.hash }, version.state, actor)
    await audit(trx, actor, 'rule.proposal-withdrawn', `rule:${ruleId}`, { after: version.hash })
    return true
  })
}

/** A version that pays no more: back to the shadow while its file says the same. */
async function step(trx: Db, version: RuleVersionRow, actor: string): Promise<void> {
  const { rule_id: ruleId, hash, listed } = version
  await moveRuleVersion(trx, { ruleId, hash }, listed ? 'shadow' : 'retired', actor)
}

function refused(
  reason: ActivationRefusal,
  en: string,
  ja: string,
): Extract<Activation, { outcome: 'refused' }> {
  return { outcome: 'refused', reason, why: { en: `${en}.`, ja: `${ja}。` } }
}
