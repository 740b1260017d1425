import { z } from 'zod'

/** A post on standard input. */
export const postSchema = z.object({
  id: z.union([z.string(), z.number()], 'must be a text'),
  text: z.string('must be a text'),
})

export const EXPECTED_POST = '{"id":"…","text":"…"}'
