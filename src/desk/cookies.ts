import type { CookieOptions, Request, Response } from 'express'

export type CookieName = 'session' | 'form' | 'language' | 'oidc'

/** Reads and writes our cookies; over https their names bind them to this very host (`__Host-`). */
export interface Cookies {
  read(request: Request, name: CookieName): string | null
  write(response: Response, name: CookieName, value: string, maxAgeMs?: number): void
  clear(response: Response, name: CookieName): void
}

export function createCookies(publicUrl: string): Cookies {
  const secure = publicUrl.startsWith('https:')
  const nameOf = (name: CookieName) => `${secure ? '__Host-' : ''}kikimimi_${name}`
  const options: CookieOptions = { httpOnly: true, sameSite: 'lax', secure, path: '/' }
  return {
    read(request, name) {
      const wanted = `${nameOf(name)}=`
      const pair = request.headers.cookie?.split(';').find((part) => part.trim().startsWith(wanted))
      return pair?.trim().slice(wanted.length) || null
    },
    write(response, name, value, maxAgeMs) {
      response.cookie(nameOf(name), value, {
        ...options,
        ...(maxAgeMs === undefined ? {} : { maxAge: maxAgeMs }),
      })
    },
    clear(response, name) {
      response.clearCookie(nameOf(name), options)
    },
  }
}
