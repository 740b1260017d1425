import { z } from 'zod'
import {
  activateRule,
  type ReportedRule,
  reportRules,
  retireRule,
  withdrawProposal,
} from '../refunds/index.ts'
import { namesOfActors } from '../store/rule-versions.ts'
import { type Desk, sendPage } from './desk.ts'
import { translate } from './i18n.ts'
import { may } from './roles.ts'
import { showVersion } from './rule-version.ts'
import { goTo, ProblemError, type Route, readForm, signedIn, type Visit } from './visit.ts'

const versionForm = z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/) })

/** The rules of refunds: what pays, what would pay, and the way from the one to the other. */
export function ruleRoutes(desk: Desk): Route[] {
  return [
    { method: 'get', path: '/rules', allow: 'read', handle: (visit) => show(visit) },
    {
      method: 'post',
      path: '/rules/:id/activate',
      allow: 'operate',
      async handle(visit) {
        const done = await activateRule(desk.store, {
          ruleId: ruleIdOf(visit),
          hash: readForm(visit, versionForm).hash,
          actor: actorOf(visit),
          fourEyes: fourEyes(),
        })
        if (done.outcome !== 'refused') {
          return goTo(visit, '/rules', done.outcome === 'activated' ? 'ruleActivated' : 'ruleProposed')
        }
        if (done.reason === 'unknown') throw new ProblemError(404)
        await show(visit, done.why[visit.language])
      },
    },
    {
      method: 'post',
      path: '/rules/:id/withdraw',
      allow: 'operate',
      async handle(visit) {
        const { hash } = readForm(visit, versionForm)
        const done = await withdrawProposal(desk.store, {
          ruleId: ruleIdOf(visit),
          hash,
          actor: actorOf(visit),
        })
        goTo(visit, '/rules', done ? 'ruleWithdrawn' : 'ruleChanged')
      },
    },
    {
      method: 'post',
      path: '/rules/:id/retire',
      allow: 'operate',
      async handle(visit) {
        const hash = await retireRule(desk.store, { ruleId: ruleIdOf(visit), actor: actorOf(visit) })
        goTo(visit, '/rules', hash === null ? 'ruleChanged' : 'ruleRetired')
      },
    },
  ]

  function fourEyes(): boolean {
    return desk.refunds.payouts.activation.fourEyes
  }

  /** @param refusal why what was asked for just now was not done */
  async function show(visit: Visit, refusal: string | null = null): Promise<void> {
    const rules = await reportRules(desk.store, new Date())
    const names = await namesOfActors(desk.store, rules.flatMap(actorsOf))
    const nameOf = (actor: string | null) =>
      actor === null ? '' : (names.get(actor) ?? translateActor(visit, actor))
    const waiting = rules.filter((rule) => rule.active === null && rule.shadow.length > 0).length
    await sendPage(
      desk,
      visit,
      'rules',
      {
        refusal,
        faults: desk.rules.faults(),
        fourEyes: fourEyes(),
        // Nothing pays at all: the first thing that somebody who set this up has to know.
        asleep: waiting > 0 && waiting === rules.length ? waiting : 0,
        rules: rules
          .filter(isCurrent)
          .sort(byNeed)
          .map((rule) => rowOf(visit, rule, nameOf)),
        former: rules
          .filter((rule) => !isCurrent(rule))
          .map((rule) => ({
            id: rule.id,
            retired: rule.retired.map((each) => showVersion(each, null, nameOf)),
          })),
      },
      refusal === null ? 200 : 409,
    )
  }

  function rowOf(visit: Visit, rule: ReportedRule, nameOf: (actor: string | null) => string) {
    const before = rule.active?.row ?? null
    const { silent, active } = rule
    return {
      id: rule.id,
      name: rule.rule?.name[visit.language] ?? rule.id,
      event: rule.rule?.event ?? null,
      priority: rule.rule?.priority ?? null,
      gone: rule.gone,
      silent: silent && { days: silent.quietDays, events: silent.events, lastAt: silent.lastAt },
      live: rule.live,
      active: active && showVersion(active, null, nameOf),
      shadow: rule.shadow.map((each) => ({
        ...showVersion(each, before, nameOf),
        mine: each.row.proposed_by === `user:${visit.user?.id}`,
      })),
      retired: rule.retired.map((each) => ({
        ...showVersion(each, before, nameOf),
        mine: each.row.proposed_by === `user:${visit.user?.id}`,
      })),
      operate: may(visit.user?.role ?? null, 'operate'),
    }
  }
}

function isCurrent(rule: ReportedRule): boolean {
  return rule.active !== null || rule.shadow.length > 0
}

/** Those that somebody has to look at come first. */
function byNeed(a: ReportedRule, b: ReportedRule): number {
  const needs = (rule: ReportedRule) =>
    rule.gone || rule.silent !== null || rule.shadow.length > 0 || rule.active?.problem ? 0 : 1
  return needs(a) - needs(b)
}

function actorsOf({ active, shadow, retired }: ReportedRule): (string | null)[] {
  return [...(active ? [active] : []), ...shadow, ...retired].flatMap(({ row }) => [
    row.proposed_by,
    row.activated_by,
    row.retired_by,
  ])
}

function translateActor(visit: Visit, actor: string): string {
  if (actor === 'command-line') return translate(visit.language, 'rules.byCommandLine')
  if (actor === 'rule-files') return translate(visit.language, 'rules.byFiles')
  return actor
}

function ruleIdOf(visit: Visit): string {
  const id = String(visit.request.params.id)
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id) || id.length > 200) throw new ProblemError(404)
  return id
}

function actorOf(visit: Visit): string {
  return `user:${signedIn(visit).id}`
}
