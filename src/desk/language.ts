import { z } from 'zod'
import { setLanguage } from '../store/users.ts'
import type { Desk } from './desk.ts'
import { LANGUAGES } from './i18n.ts'
import { goTo, localPath, type Route, readForm } from './visit.ts'

const YEAR_MS = 365 * 86_400_000
const form = z.object({ language: z.enum(LANGUAGES), to: z.string().max(2000).optional() })

/** The switch between the page's languages. */
export function languageRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'post',
      path: '/language',
      allow: 'public',
      async handle(visit) {
        const { language, to } = readForm(visit, form)
        desk.cookies.write(visit.response, 'language', language, YEAR_MS)
        if (visit.user) await setLanguage(desk.store, visit.user.id, language)
        goTo(visit, localPath(to))
      },
    },
  ]
}
