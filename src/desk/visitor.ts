import type { Request, RequestHandler } from 'express'
import { findSession } from '../store/users.ts'
import { hashToken, newToken } from '../tokens.ts'
import type { Desk } from './desk.ts'
import { isLanguage, LANGUAGES, type Language } from './i18n.ts'
import type { Visit } from './visit.ts'

/** Finds out who asks and in which language, and gives strangers a token for their forms. */
export function receiveVisitor(desk: Desk): RequestHandler {
  return async (request, response, next) => {
    const token = desk.cookies.read(request, 'session')
    const session = token ? await findSession(desk.store, hashToken(token)) : null
    let csrf = session?.csrfToken ?? desk.cookies.read(request, 'form')
    if (!csrf) {
      csrf = newToken()
      desk.cookies.write(response, 'form', csrf)
    }
    const visit: Visit = {
      request,
      response,
      user: session?.user ?? null,
      csrf,
      language: chooseLanguage(desk, request, session?.user.language),
      partial: request.get('hx-request') === 'true',
    }
    response.locals.visit = visit
    response.vary('Accept-Language')
    next()
  }
}

/** What the reader chose, on this browser or before, else the browser's own wish. */
function chooseLanguage(desk: Desk, request: Request, theirs: string | undefined): Language {
  const chosen = desk.cookies.read(request, 'language') ?? theirs
  if (isLanguage(chosen)) return chosen
  const wished = request.acceptsLanguages(...LANGUAGES)
  return isLanguage(wished) ? wished : 'en'
}
