import { z } from 'zod'

/** What we read of X's API v2 answers; other fields are ignored, each post is validated on its own. */
const id = z.string().regex(/^\d{1,19}$/, 'must be a numeric id')

const entities = z.object({
  mentions: z.array(z.object({ username: z.string(), id: id.optional() })).optional(),
})
/** 'replied_to', 'quoted', 'retweeted', or a kind that X thinks of tomorrow. */
const references = z.array(z.object({ type: z.string(), id }))

export const userSchema = z.object({
  id,
  username: z.string().min(1).max(50),
  name: z.string().max(200).optional(),
  public_metrics: z.object({ followers_count: z.int().nonnegative() }).partial().optional(),
})

export const postSchema = z.object({
  id,
  text: z.string().max(100_000),
  author_id: id,
  created_at: z.iso.datetime().transform((value) => new Date(value)),
  conversation_id: id.optional(),
  in_reply_to_user_id: id.optional(),
  edit_history_tweet_ids: z.array(id).optional(),
  /** The whole of a long post, and whom it mentions beyond its first 280 characters. */
  note_tweet: z.object({ text: z.string().max(100_000), entities: entities.optional() }).optional(),
  referenced_tweets: references.optional(),
  entities: entities.optional(),
  attachments: z.object({ media_keys: z.array(z.string()).optional() }).optional(),
})
export type XPost = z.infer<typeof postSchema>

/** What tells our own replies apart. */
export const ownPostSchema = z.object({
  id,
  text: z.string(),
  created_at: z.iso.datetime().transform((value) => new Date(value)),
  referenced_tweets: references.optional(),
})
/** An entry that can not be read is paid for all the same, and the cursor passes it. */
export const anyEntrySchema = z.object({ id })

const quotedSchema = z.object({ id, text: z.string(), author_id: id.optional() })
const mediaSchema = z.object({
  media_key: z.string(),
  type: z.string(),
  url: z.url().optional(),
  preview_image_url: z.url().optional(),
  alt_text: z.string().optional(),
})

const includesSchema = z.object({
  users: z.array(z.unknown()).optional(),
  tweets: z.array(z.unknown()).optional(),
  media: z.array(z.unknown()).optional(),
})

export const listSchema = z.object({
  data: z.array(z.unknown()).optional(),
  includes: includesSchema.optional(),
  meta: z
    .object({
      newest_id: id.optional(),
      oldest_id: id.optional(),
      next_token: z.string().optional(),
      result_count: z.int().optional(),
    })
    .optional(),
})

export const meSchema = z.object({ data: userSchema })
export const createdSchema = z.object({ data: z.object({ id }) })
export const versionsSchema = z.object({ id, edit_history_tweet_ids: z.array(id).optional() })
export const lookupSchema = z.object({
  data: z.unknown().optional(),
  includes: includesSchema.optional(),
  errors: z.array(z.object({ type: z.string().optional(), title: z.string().optional() })).optional(),
})

/** Many posts by their ids, with a fault for each that is not there. */
export const manySchema = z.object({
  data: z.array(z.object({ id })).optional(),
  errors: z
    .array(
      z.object({
        type: z.string().optional(),
        resource_id: z.string().optional(),
        value: z.string().optional(),
      }),
    )
    .optional(),
})

export type XIncludes = z.infer<typeof includesSchema> | undefined

export interface Includes {
  users: Map<string, z.infer<typeof userSchema>>
  posts: Map<string, z.infer<typeof quotedSchema>>
  media: Map<string, z.infer<typeof mediaSchema>>
}

/** Indexes what came along with a list; what does not validate is simply not there. */
export function readIncludes(includes: XIncludes): Includes {
  return {
    users: index(includes?.users, userSchema, (user) => user.id),
    posts: index(includes?.tweets, quotedSchema, (post) => post.id),
    media: index(includes?.media, mediaSchema, (media) => media.media_key),
  }
}

function index<T>(
  entries: unknown[] | undefined,
  schema: z.ZodType<T>,
  key: (entry: T) => string,
): Map<string, T> {
  const found = new Map<string, T>()
  for (const entry of entries ?? []) {
    const parsed = schema.safeParse(entry)
    if (parsed.success) found.set(key(parsed.data), parsed.data)
  }
  return found
}
