import {
  type Context,
  type Emitter,
  type Liquid,
  type Parser,
  Tag,
  type TagToken,
  type Template,
  type TopLevelToken,
} from 'liquidjs'
import type { RenderScope } from './render-scope.ts'

/** `{% one %}…{% or %}…{% endone %}`: one of several wordings, each with variables and choices of its own. */
export class OneOf extends Tag {
  private readonly wordings: Template[][] = [[]]

  constructor(token: TagToken, rest: TopLevelToken[], liquid: Liquid, parser: Parser) {
    super(token, rest, liquid)
    for (let next = rest.shift(); next; next = rest.shift()) {
      const { name } = next as { name?: string }
      if (name === 'endone') return
      if (name === 'or') this.wordings.push([])
      else this.wordings.at(-1)?.push(parser.parseToken(next, rest))
    }
    throw new Error(`tag ${token.getText()} not closed`)
  }

  *render(context: Context, emitter: Emitter): Generator<unknown, void, string> {
    const texts: string[] = []
    for (const wording of this.wordings)
      texts.push(yield this.liquid.renderer.renderTemplates(wording, context))
    emitter.write((context.environments as RenderScope).choose(texts))
  }

  // biome-ignore lint/correctness/useYield: LiquidJS wants a generator, and there is nothing to wait for
  *children(): Generator<unknown, Template[]> {
    return this.wordings.flat()
  }
}
