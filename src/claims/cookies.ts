import type { CookieOptions, Request, Response } from 'express'

/** `visit`: the way through the sign-ins; `form`: proves that a form is ours before there is a visit. */
export type CookieName = 'visit' | 'form'

/** The claim pages' own cookies: nothing of the desk's. Over https their names bind them to this very host. */
export interface Cookies {
  read(request: Request, name: CookieName): string | null
  write(response: Response, name: CookieName, value: string, maxAgeMs: number): void
  clear(response: Response, name: CookieName): void
}

export function createCookies(publicUrl: string): Cookies {
  const secure = publicUrl.startsWith('https:')
  const nameOf = (name: CookieName) => `${secure ? '__Host-' : ''}kikimimi_claim_${name}`
  const options: CookieOptions = { httpOnly: true, sameSite: 'lax', secure, path: '/' }
  return {
    read(request, name) {
      const wanted = `${nameOf(name)}=`
      const pair = request.headers.cookie?.split(';').find((part) => part.trim().startsWith(wanted))
      return pair?.trim().slice(wanted.length) || null
    },
    write(response, name, value, maxAgeMs) {
      response.cookie(nameOf(name), value, { ...options, maxAge: maxAgeMs })
    },
    clear(response, name) {
      response.clearCookie(nameOf(name), options)
    },
  }
}
