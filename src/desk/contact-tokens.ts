import { z } from 'zod'
import { endContactToken, listContactTokens, makeContactToken, TOKEN_DAYS } from '../store/contact-tokens.ts'
import { type Desk, sendPage } from './desk.ts'
import { formatDay } from './format.ts'
import { goTo, ProblemError, type Route, readForm, readId, signedIn, type Visit } from './visit.ts'

const DAYS = ['30', '90', '365', '730'] as const

const makeForm = z.object({
  name: z.string().trim().min(1).max(80),
  texts: z.literal('on').optional(),
  days: z.enum(DAYS).transform(Number),
})

/** Who else reads contacts by machine: an admin makes tokens, which are shown once, and ends them. */
export function contactTokenRoutes(desk: Desk): Route[] {
  return [
    {
      method: 'get',
      path: '/people/tokens',
      allow: 'people',
      handle: (visit) => show(visit, null),
    },
    {
      method: 'post',
      path: '/people/tokens',
      allow: 'people',
      async handle(visit) {
        const { name, texts, days } = readForm(visit, makeForm)
        const by = `user:${signedIn(visit).id}`
        const { token } = await makeContactToken(desk.store, { name, texts: texts === 'on', days, by })
        // Shown once, in the answer itself: only its hash is kept.
        await show(visit, { name, token })
      },
    },
    {
      method: 'post',
      path: '/people/tokens/:id/end',
      allow: 'people',
      async handle(visit) {
        const ended = await endContactToken(desk.store, readId(visit), `user:${signedIn(visit).id}`)
        if (!ended) throw new ProblemError(404)
        goTo(visit, '/people/tokens', 'tokenEnded')
      },
    },
  ]

  async function show(visit: Visit, made: { name: string; token: string } | null) {
    await sendPage(desk, visit, 'contact-tokens', {
      made,
      days: DAYS.map((days) => ({ days, chosen: Number(days) === TOKEN_DAYS.usual })),
      tokens: (await listContactTokens(desk.store)).map((token) => ({
        ...token,
        until: formatDay(visit.language, token.expires_at.toISOString().slice(0, 10)),
      })),
    })
  }
}
