import { Environment } from '@marcbachmann/cel-js'
import type { RefundEvent, RefundRuleEvent } from '../decision/event.ts'
import { ROOTS, type Root, refundVariables } from './variables.ts'

/** A root as a condition sees it. A value is turned into CEL's own only when it is read. */
class RootFacts {
  event: RefundEvent
  constructor(event: RefundEvent) {
    this.event = event
  }
}

const factsOfRoot = Object.fromEntries(
  [...new Set(Object.values(ROOTS).flat())].map((root) => [root, factsClass(root)]),
) as Record<Root, typeof RootFacts>

function factsClass(root: Root): typeof RootFacts {
  class Facts extends RootFacts {}
  for (const { field, type, read, ...variable } of refundVariables) {
    if (variable.root !== root) continue
    // CEL's integers are BigInts.
    const get =
      type === 'int'
        ? function (this: RootFacts) {
            const value = read(this.event)
            return value === null ? null : BigInt(value as number)
          }
        : function (this: RootFacts) {
            return read(this.event)
          }
    Object.defineProperty(Facts.prototype, field, { get })
  }
  return Facts
}

/** An event as conditions see it, root by root. */
export type ConditionFacts = Record<Root, RootFacts>

class EventFacts {
  event: RefundEvent
  constructor(event: RefundEvent) {
    this.event = event
  }
}
for (const [root, Facts] of Object.entries(factsOfRoot)) {
  Object.defineProperty(EventFacts.prototype, root, {
    get(this: EventFacts) {
      return new Facts(this.event)
    },
  })
}

/** Shows an event to conditions. A session without an error has `error == ""`. */
export function conditionFacts(event: RefundEvent): ConditionFacts {
  return new EventFacts(event) as unknown as ConditionFacts
}

const environments = new Map<RefundRuleEvent, Environment>()

/** CEL environment of the rules for one event: the variables it has, and CEL's own functions. */
export function conditionEnvironment(event: RefundRuleEvent): Environment {
  let environment = environments.get(event)
  if (!environment) {
    environment = new Environment()
    for (const root of ROOTS[event]) {
      const fields = Object.fromEntries(
        refundVariables.filter((variable) => variable.root === root).map(({ field, type }) => [field, type]),
      )
      environment.registerType(`${root}Facts`, { ctor: factsOfRoot[root], fields })
      environment.registerVariable(root, `${root}Facts`)
    }
    environments.set(event, environment)
  }
  return environment
}
