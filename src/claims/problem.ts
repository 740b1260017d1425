/** Why an invitation goes no further, with the status that says so; each has its words in locales/. */
export const PROBLEMS = {
  /** Forged, mangled, run out, or of a network that nobody can sign in to: the same page for all. */
  invalid: 404,
  /** The sign-in was not begun in this browser, took too long, or was finished already. */
  lost: 400,
  oldForm: 403,
  otherAuthor: 403,
  declined: 200,
  refused: 400,
  unavailable: 503,
  tooMany: 429,
  failed: 500,
} as const
export type Problem = keyof typeof PROBLEMS

/** Ends a request with a friendly page. */
export class ClaimProblemError extends Error {
  override name = 'ClaimProblemError'
  problem: Problem
  /** Token of the invitation, to offer another try. */
  link: string | null
  /** The account that is signed in, where it is not the author's. */
  username: string | null
  network: string | null
  constructor(
    problem: Problem,
    more: { link?: string; username?: string; network?: string; cause?: unknown } = {},
  ) {
    super(problem, { cause: more.cause })
    this.problem = problem
    this.link = more.link ?? null
    this.username = more.username ?? null
    this.network = more.network ?? null
  }
}
