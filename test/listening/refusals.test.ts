import { expect, it } from 'vitest'
import { connect, mangling, pollNow, rig, sourceOf } from './support.ts'

const PROBLEM = 'https://api.twitter.com/2/problems'

/** What X answers with 403, and what the person who must mend it reads. */
const REFUSALS: [name: string, body: { detail: string; type?: string; title?: string }, words: RegExp][] = [
  [
    'a suspended account',
    { detail: 'Your account is suspended and is not permitted to perform this action.' },
    /suspended our account.*help\.x\.com/,
  ],
  [
    'a locked account',
    {
      detail:
        'To protect our users from spam, this account is temporarily locked. Please log in to https://x.com.',
    },
    /locked our account.*Sign in/,
  ],
  ['a suspended app', { detail: 'This application has been suspended.' }, /suspended our app/],
  [
    'an app without access',
    {
      detail:
        'When authenticating requests to the X API v2 endpoints, you must use keys from an App attached to a Project.',
      type: `${PROBLEM}/client-not-enrolled`,
      title: 'Client Not Enrolled',
    },
    /Put it into a project/,
  ],
  [
    'a cap that is reached',
    {
      detail: 'Usage cap exceeded: Monthly product cap',
      type: `${PROBLEM}/usage-capped`,
      title: 'UsageCapExceeded',
    },
    /used up.*Raise the cap/,
  ],
]

it.each(REFUSALS)('%s blocks the source, and its words say what to do', async (_name, body, words) => {
  const r = await rig()
  const origin = await mangling(r.box, (request, reply) =>
    request.url?.includes('/mentions')
      ? {
          ...reply,
          status: 403,
          body: JSON.stringify({ title: 'Forbidden', type: 'about:blank', status: 403, ...body }),
        }
      : reply,
  )
  await pollNow({ store: r.store, network: connect(r.box, r.store, { origin }) })
  const source = await sourceOf(r.store)
  expect(source.state).toBe('blocked')
  expect(source.problem).toMatch(words)
})

it('an author who has limited who may reply is told apart from all that', async () => {
  const r = await rig()
  const detail = 'You are not permitted to reply: the author restricted who can reply to this conversation.'
  const origin = await mangling(r.box, (request, reply) =>
    request.method === 'POST'
      ? { ...reply, status: 403, body: JSON.stringify({ title: 'Forbidden', detail }) }
      : reply,
  )
  const network = connect(r.box, r.store, { origin })
  const reply = network.reply({ inReplyTo: '1', text: 'Sorry.', summoned: true, urgent: false })
  await expect(reply).rejects.toMatchObject({
    kind: 'forbidden',
    message: expect.stringMatching(/limited who may reply/),
  })
})
