import type { PostToTriage } from '../store/posts.ts'
import type { Classification, Opinion, SecondOpinion, TriageInput } from '../triage/index.ts'

/** Says what counts where our own reading of a post is `local`; null: the post waits as it is. */
export type Weigh = (post: PostToTriage, input: TriageInput, local: Classification) => Classification | null

/** A post that waits for a second opinion. */
export interface UnsurePost {
  id: number
  text: string
}

/** Lets posts that are worth a second opinion wait, and writes them into `unsure`. */
export function leaveUnsure(second: SecondOpinion, unsure: UnsurePost[]): Weigh {
  return ({ id, text }, _input, local) => {
    if (!second.isWanted(local)) return local
    unsure.push({ id, text })
    return null
  }
}

/** Asks about all of them at the same time. A post of which nothing was said is in the answer with null. */
export async function askOpinions(
  second: SecondOpinion,
  unsure: readonly UnsurePost[],
): Promise<Map<number, Opinion | null>> {
  const opinions = unsure.map(async ({ id, text }) => [id, await second.ask(text)] as const)
  return new Map(await Promise.all(opinions))
}

/** Takes the opinions in; where there is none, our own reading counts. */
export function withOpinions(second: SecondOpinion, opinions: ReadonlyMap<number, Opinion | null>): Weigh {
  return ({ id }, input, local) => {
    const opinion = opinions.get(id)
    return opinion ? second.merge(input, local, opinion) : local
  }
}
