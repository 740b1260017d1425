import type { Request, Response } from 'express'
import type { z } from 'zod'
import type { User } from '../store/users.ts'
import type { Language } from './i18n.ts'
import type { Permission } from './roles.ts'

/** One request, with all that a page must know about who asks. */
export interface Visit {
  request: Request
  response: Response
  language: Language
  user: User | null
  /** Goes into every form; see security. */
  csrf: string
  /** True where htmx asks for a piece of a page. */
  partial: boolean
}

/** One thing that the desk can do. What it asks for stands beside it, so that a test can walk them all. */
export interface Route {
  method: 'get' | 'post'
  path: string
  allow: Permission
  handle(visit: Visit): Promise<void> | void
}

export type ProblemStatus = 400 | 403 | 404 | 409 | 413 | 429 | 500 | 503

/** Ends a request with a friendly page; `reason` names a phrase of `problem.` in the dictionaries. */
export class ProblemError extends Error {
  override name = 'ProblemError'
  status: ProblemStatus
  reason: string | null
  constructor(status: ProblemStatus, reason: string | null = null) {
    super(reason ?? `HTTP ${status}`)
    this.status = status
    this.reason = reason
  }
}

/** Who is signed in; routes that ask for more than 'public' always have somebody. */
export function signedIn(visit: Visit): User {
  if (!visit.user) throw new ProblemError(403)
  return visit.user
}

/** The form that was sent. @throws ProblemError 400 where it does not fit */
export function readForm<T>(visit: Visit, schema: z.ZodType<T>): T {
  const fields = Object.entries(visit.request.body ?? {})
  const parsed = schema.safeParse(
    Object.fromEntries(
      fields.map(([name, value]) => [name, typeof value === 'string' ? withoutNul(value) : value]),
    ),
  )
  if (!parsed.success) throw new ProblemError(400, 'badForm')
  return parsed.data
}

/** The number in the address. @throws ProblemError 404 where there is none */
export function readId(visit: Visit, name = 'id'): number {
  const text = String(visit.request.params[name])
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new ProblemError(404)
  return Number(text)
}

/** A whole number in the address, or null where there is none. */
export function readNumber(given: unknown): number | null {
  return typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : null
}

/** Whole numbers in one word, as in '3.14.15': a hundred at most, none where it is anything else. */
export function readNumbers(given: unknown): number[] {
  const fits = typeof given === 'string' && /^[1-9]\d{0,14}(\.[1-9]\d{0,14}){0,99}$/.test(given)
  return fits ? given.split('.').map(Number) : []
}

/** Postgres keeps every character but this one. */
export function withoutNul(text: string): string {
  return text.replaceAll('\0', '')
}

/** Sends the browser on after a form (303: with a GET). */
export function goTo(visit: Visit, path: string, notice?: string): void {
  const url = new URL(path, 'http://desk.invalid')
  if (notice) url.searchParams.set('notice', notice)
  visit.response.redirect(303, `${url.pathname}${url.search}${url.hash}`)
}

/** A path on this site, or the fallback: never another host, whatever the form said. */
export function localPath(given: unknown, fallback = '/'): string {
  if (typeof given !== 'string' || !/^\/(?![/\\])/.test(given)) return fallback
  const url = URL.canParse(given, 'http://desk.invalid') ? new URL(given, 'http://desk.invalid') : null
  return url?.host === 'desk.invalid' ? `${url.pathname}${url.search}` : fallback
}
