import type { CookieOptions, Request, Response } from 'express'

/** Reads and writes the cookies of one set of pages; over https their names bind them to this very host (`__Host-`). */
export interface Cookies<Name extends string> {
  read(request: Request, name: Name): string | null
  write(response: Response, name: Name, value: string, maxAgeMs?: number): void
  clear(response: Response, name: Name): void
}

/** @param prefix keeps the pages' cookies apart: kikimimi_session and kikimimi_claim_visit */
export function createCookies<Name extends string>(publicUrl: string, prefix: string): Cookies<Name> {
  const secure = publicUrl.startsWith('https:')
  const nameOf = (name: Name) => `${secure ? '__Host-' : ''}${prefix}${name}`
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
