import { refundLog } from '../../log.ts'
import { audit } from '../../store/audit.ts'
import type { Db, Store } from '../../store/database.ts'
import {
  findRuleContents,
  findRuleHashes,
  insertRuleVersion,
  listRuleVersionStates,
  lockRuleVersions,
  markListed,
  moveRuleVersion,
} from '../../store/rule-versions.ts'
import type { RefundRule } from '../rules/rule.ts'
import { contentOf, hashToday, knownStoredRule, readStoredRule } from './stored-rule.ts'

/** Who moves a version because of what the files say. */
const FILES = 'rule-files'

export interface RegisteredRules {
  /** Versions that were not known, or known as retired: they decide in the shadow from now on. */
  shadow: { ruleId: string; hash: string }[]
  /** Rules that pay although their file is gone: a person retires them. */
  gone: string[]
  /** How many rules pay. */
  active: number
}

/**
 * Takes the rules of the files over into the database: a content that is new there runs in the shadow, a shadow
 * whose file says something else now is retired. What pays goes on paying until a person says otherwise; so does a
 * rule whose file is gone: a file may be lost by a bad copy, and stopping a payment is a change of live money as much
 * as starting one. Any number of processes may call this at once.
 * @param activateFirst where no version is known yet, the files are active at once (the sandbox).
 * @param realMoney what no person activated pays no more: an installation that began in the sandbox must not go on
 *   with real money by itself. Left out: wherever the files are not active at once.
 */
export async function registerRules(
  store: Store,
  rules: readonly RefundRule[],
  { activateFirst, realMoney = !activateFirst }: { activateFirst: boolean; realMoney?: boolean },
): Promise<RegisteredRules> {
  const registered = await store.transaction().execute(async (trx) => {
    await lockRuleVersions(trx)
    if (realMoney) await calmUnasked(trx)
    const known = await listRuleVersionStates(trx)
    const active = activateFirst && known.length === 0
    const shadow: RegisteredRules['shadow'] = []
    for (const rule of rules) {
      const version = { ruleId: rule.id, hash: rule.hash }
      const row = known.find((each) => each.rule_id === rule.id && each.hash === rule.hash)
      if (!row) {
        await insertRuleVersion(trx, { ...version, content: contentOf(rule), active, by: FILES })
        await audit(trx, FILES, active ? 'rule.activated' : 'rule.seen', `rule:${rule.id}`, {
          after: rule.hash,
        })
        if (!active && !(await replaceSameWords(trx, version, known))) shadow.push(version)
        continue
      }
      if (!row.listed) await markListed(trx, rule.id, rule.hash, true)
      if (row.state !== 'retired') continue
      await moveRuleVersion(trx, version, 'shadow', FILES)
      await audit(trx, FILES, 'rule.seen', `rule:${rule.id}`, { after: rule.hash })
      shadow.push(version)
    }
    for (const row of known) {
      if (rules.some(({ id, hash }) => id === row.rule_id && hash === row.hash)) continue
      if (row.listed) await markListed(trx, row.rule_id, row.hash, false)
      if (row.state === 'shadow') {
        await moveRuleVersion(trx, { ruleId: row.rule_id, hash: row.hash }, 'retired', FILES)
      }
    }
    return { shadow, ...(await standing(trx)) }
  })
  for (const id of registered.gone) {
    refundLog.warn(
      { rule: id },
      'the file of this rule is gone and it still pays: put it back, or retire the rule',
    )
  }
  return registered
}

/** Back into the shadow with what is active only because it stood in the files of a sandbox. */
async function calmUnasked(trx: Db): Promise<void> {
  for (const row of await listRuleVersionStates(trx)) {
    if (row.state !== 'active' || row.activated_by !== FILES) continue
    await moveRuleVersion(trx, { ruleId: row.rule_id, hash: row.hash }, 'shadow', FILES)
    await audit(trx, FILES, 'rule.retired', `rule:${row.rule_id}`, { before: row.hash, after: null })
    refundLog.warn(
      { rule: row.rule_id, hash: row.hash },
      'no person activated this rule, only the sandbox: it runs in the shadow until somebody does',
    )
  }
}

/** A release may read more out of the same words: the version that a person activated goes on under its new hash. */
async function replaceSameWords(
  trx: Db,
  version: { ruleId: string; hash: string },
  known: Awaited<ReturnType<typeof listRuleVersionStates>>,
): Promise<boolean> {
  const before = known.find((each) => each.rule_id === version.ruleId && each.state === 'active')
  if (!before) return false
  const [stored] = await findRuleContents(trx, [before.hash])
  if (hashToday(stored?.content) !== version.hash) return false
  await moveRuleVersion(trx, { ruleId: version.ruleId, hash: before.hash }, 'retired', FILES)
  await moveRuleVersion(trx, version, 'active', before.activated_by ?? FILES)
  await audit(trx, FILES, 'rule.activated', `rule:${version.ruleId}`, {
    before: before.hash,
    after: version.hash,
  })
  return true
}

async function standing(db: Db): Promise<{ gone: string[]; active: number }> {
  const rows = await listRuleVersionStates(db)
  const listed = new Set(rows.filter((row) => row.listed).map((row) => row.rule_id))
  const active = rows.filter((row) => row.state === 'active').map((row) => row.rule_id)
  return { gone: active.filter((id) => !listed.has(id)).sort(), active: active.length }
}

/** Active rules whose file is gone; they pay until a person retires them. */
export async function goneRules(db: Db): Promise<string[]> {
  return (await standing(db)).gone
}

/** Whether any version of any rule is known. */
export async function knowsRules(db: Db): Promise<boolean> {
  return (await listRuleVersionStates(db)).length > 0
}

/**
 * The rules that pay, as their active versions say. A version that this release can not read any more decides
 * nothing: it is logged once and told by `unreadableRules`.
 */
export function activeRules(db: Db): Promise<readonly RefundRule[]> {
  return rulesIn(db, 'active')
}

/** Versions that decide in the shadow and pay nothing. */
export function shadowRules(db: Db): Promise<readonly RefundRule[]> {
  return rulesIn(db, 'shadow')
}

/** Lists that are the same array are looked through once; see `rulesFor`. */
const lists = new Map<'active' | 'shadow', { key: string; rules: RefundRule[] }>()

async function rulesIn(db: Db, state: 'active' | 'shadow'): Promise<RefundRule[]> {
  const hashes = (await findRuleHashes(db, state)).map(({ hash }) => hash)
  const key = hashes.join(' ')
  const known = lists.get(state)
  if (known?.key === key) return known.rules
  const unread = hashes.filter((hash) => !knownStoredRule(hash))
  for (const { rule_id, hash, content } of await findRuleContents(db, unread)) {
    const { problem } = readStoredRule(hash, content)
    if (problem) {
      refundLog.error({ rule: rule_id, hash, problem }, 'a stored rule can not be read and decides nothing')
    }
  }
  const rules = hashes.flatMap((hash) => knownStoredRule(hash)?.rule ?? [])
  lists.set(state, { key, rules })
  return rules
}

/** Active rules that this release can not read: they pay nothing until another version is activated. */
export async function unreadableRules(db: Db): Promise<{ ruleId: string; problem: string }[]> {
  const hashes = (await findRuleHashes(db, 'active')).map(({ hash }) => hash)
  const broken: { ruleId: string; problem: string }[] = []
  for (const { rule_id, hash, content } of await findRuleContents(db, hashes)) {
    const { problem } = readStoredRule(hash, content)
    if (problem) broken.push({ ruleId: rule_id, problem })
  }
  return broken
}
