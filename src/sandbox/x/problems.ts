import type { Answer } from '../faults.ts'

const PROBLEMS = 'https://api.x.com/2/problems'

/** Thrown by a handler to answer with an error body as X shapes it. */
export class XProblemError extends Error {
  override name = 'XProblemError'
  readonly answer: Answer
  constructor(answer: Answer) {
    super(`X answers ${answer.status}`)
    this.answer = answer
  }
}

export function unauthorized(): XProblemError {
  return blank(401, 'Unauthorized', 'Unauthorized')
}

export function forbidden(detail: string): XProblemError {
  return blank(403, 'Forbidden', detail)
}

export function tooManyRequests(): XProblemError {
  return blank(429, 'Too Many Requests', 'Too Many Requests')
}

export function noSuchRoute(): XProblemError {
  return blank(404, 'Not Found', 'Not Found')
}

function blank(status: number, title: string, detail: string): XProblemError {
  return new XProblemError({ status, body: { title, type: 'about:blank', status, detail } })
}

export function unsupportedAuthentication(): XProblemError {
  return new XProblemError({
    status: 403,
    body: {
      title: 'Unsupported Authentication',
      detail:
        'Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  Supported authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context].',
      type: `${PROBLEMS}/unsupported-authentication`,
      status: 403,
    },
  })
}

export function creditsDepleted(accountId: string): XProblemError {
  return new XProblemError({
    status: 402,
    body: {
      account_id: accountId,
      title: 'CreditsDepleted',
      detail: `Your enrolled account [${accountId}] does not have any credits to fulfill this request.`,
      type: `${PROBLEMS}/credits`,
    },
  })
}

/** 400 as X words it: which parameter, which value, what would be right. */
export function invalidRequest(message: string, parameters: Record<string, string[]> = {}): XProblemError {
  return new XProblemError({
    status: 400,
    body: {
      errors: [{ parameters, message }],
      title: 'Invalid Request',
      detail: 'One or more parameters to your request was invalid.',
      type: `${PROBLEMS}/invalid-request`,
    },
  })
}

/** One entry of `errors` beside (or instead of) `data`. */
export function notFound(resource: 'tweet' | 'user', parameter: string, value: string): object {
  return {
    value,
    detail: `Could not find ${resource} with ${parameter}: [${value}].`,
    title: 'Not Found Error',
    resource_type: resource,
    parameter,
    resource_id: value,
    type: `${PROBLEMS}/resource-not-found`,
  }
}
