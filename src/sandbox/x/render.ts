import type { FieldParams } from './list-params.ts'
import { notFound } from './problems.ts'
import { entitiesOf, escapeForApi, mentionedNames } from './text.ts'
import type { World, XMedia, XPost, XUser } from './world.ts'

export interface Rendered {
  data: object[]
  includes?: Record<string, object[]>
  errors?: object[]
  /** What is to be paid for: posts and users beyond the listed ones came through expansions. */
  includedPosts: XPost[]
  includedUsers: XUser[]
}

/** Shapes posts as API v2 does: the defaults, what was asked for, and what the expansions bring along. */
export function renderPosts(
  posts: XPost[],
  params: FieldParams,
  world: World,
  mediaOrigin: string,
): Rendered {
  const wants = params.expansions
  const errors: object[] = []
  const includedPosts = new Map<string, XPost>()
  const includedUsers = new Map<string, XUser>()
  const includedMedia = new Map<string, object>()
  const listed = new Set(posts.map((post) => post.id))

  const addUser = (id: string | undefined) => {
    const user = id === undefined ? undefined : world.user(id)
    if (user) includedUsers.set(user.id, user)
  }
  for (const post of posts) {
    if (wants.has('author_id')) addUser(post.authorId)
    if (wants.has('in_reply_to_user_id')) addUser(replyTarget(post, world))
    if (wants.has('entities.mentions.username'))
      for (const name of mentionedNames(post.text)) addUser(world.userNamed(name)?.id)
    if (wants.has('attachments.media_keys'))
      post.media.forEach((media, i) => {
        includedMedia.set(mediaKey(post, i), renderMedia(media, mediaKey(post, i), params, mediaOrigin))
      })
    if (wants.has('edit_history_tweet_ids'))
      for (const id of post.editHistory) {
        const version = world.find(id)
        if (version && !listed.has(id)) includedPosts.set(id, version)
      }
    const referenced = wants.has('referenced_tweets.id') || wants.has('referenced_tweets.id.author_id')
    if (!referenced) continue
    for (const { id } of references(post)) {
      const other = world.find(id)
      if (!other || other.deleted) {
        errors.push(notFound('tweet', 'referenced_tweets.id', id))
        continue
      }
      includedPosts.set(id, other)
      if (wants.has('referenced_tweets.id.author_id')) addUser(other.authorId)
    }
  }

  const includes = {
    ...(includedUsers.size
      ? { users: [...includedUsers.values()].map((user) => renderUser(user, params.userFields, world)) }
      : {}),
    ...(includedPosts.size
      ? { tweets: [...includedPosts.values()].map((post) => renderPost(post, params, world)) }
      : {}),
    ...(includedMedia.size ? { media: [...includedMedia.values()] } : {}),
  }
  return {
    data: posts.map((post) => renderPost(post, params, world)),
    ...(Object.keys(includes).length ? { includes } : {}),
    ...(errors.length ? { errors } : {}),
    includedPosts: [...includedPosts.values()],
    includedUsers: [...includedUsers.values()],
  }
}

function renderPost(post: XPost, params: FieldParams, world: World): object {
  // An expansion brings its field along even where the field was not asked for.
  const wants = new Set(params.tweetFields)
  for (const expansion of params.expansions) {
    if (expansion === 'author_id' || expansion === 'in_reply_to_user_id') wants.add(expansion)
    if (expansion.startsWith('referenced_tweets.id')) wants.add('referenced_tweets')
    if (expansion === 'attachments.media_keys') wants.add('attachments')
    if (expansion === 'entities.mentions.username') wants.add('entities')
  }
  const optional: Record<string, () => unknown> = {
    created_at: () => post.createdAt,
    author_id: () => post.authorId,
    conversation_id: () => post.conversationId,
    in_reply_to_user_id: () => replyTarget(post, world),
    referenced_tweets: () => nonEmpty(references(post)),
    attachments: () =>
      post.media.length ? { media_keys: post.media.map((_, i) => mediaKey(post, i)) } : undefined,
    entities: () => nonEmptyObject(entitiesOf(post.text, post.urls, (name) => world.userNamed(name)?.id)),
    lang: () => post.lang,
    possibly_sensitive: () => false,
    reply_settings: () => 'everyone',
    public_metrics: () => metrics(post, world),
    edit_controls: () => ({
      edits_remaining: Math.max(0, 6 - post.editHistory.length),
      is_edit_eligible: post.inReplyTo === undefined && post.repostOf === undefined,
      editable_until: new Date(Date.parse(post.createdAt) + 30 * 60_000).toISOString(),
    }),
  }
  const rendered: Record<string, unknown> = {
    id: post.id,
    text: escapeForApi(post.text),
    edit_history_tweet_ids: post.editHistory,
  }
  for (const [name, value] of Object.entries(optional)) {
    const found = wants.has(name) ? value() : undefined
    if (found !== undefined) rendered[name] = found
  }
  return rendered
}

export function renderUser(user: XUser, fields: Set<string>, world: World): object {
  const optional: Record<string, () => unknown> = {
    created_at: () => user.createdAt,
    description: () => user.description,
    protected: () => false,
    verified: () => user.id === world.brand.id,
    verified_type: () => (user.id === world.brand.id ? 'business' : 'none'),
    public_metrics: () => ({
      followers_count: user.followers,
      following_count: Math.floor(user.followers / 3),
      tweet_count: world.countOf(user.id),
      listed_count: 0,
    }),
  }
  const rendered: Record<string, unknown> = { id: user.id, name: user.name, username: user.username }
  for (const [name, value] of Object.entries(optional)) if (fields.has(name)) rendered[name] = value()
  return rendered
}

function renderMedia(media: XMedia, key: string, params: FieldParams, origin: string): object {
  const optional: Record<string, unknown> = {
    url: /^https?:/.test(media.file) ? media.file : `${origin}/media/${media.file}`,
    alt_text: media.alt || undefined,
    width: media.width,
    height: media.height,
  }
  const rendered: Record<string, unknown> = { media_key: key, type: 'photo' }
  for (const [name, value] of Object.entries(optional))
    if (params.mediaFields.has(name) && value !== undefined) rendered[name] = value
  return rendered
}

function references(post: XPost): { type: string; id: string }[] {
  return [
    ...(post.repostOf ? [{ type: 'retweeted', id: post.repostOf }] : []),
    ...(post.quoted ? [{ type: 'quoted', id: post.quoted }] : []),
    ...(post.inReplyTo ? [{ type: 'replied_to', id: post.inReplyTo }] : []),
  ]
}

function replyTarget(post: XPost, world: World): string | undefined {
  return post.inReplyTo ? world.find(post.inReplyTo)?.authorId : undefined
}

function mediaKey(post: XPost, index: number): string {
  return `3_${post.id}${index}`
}

function metrics(post: XPost, world: World): object {
  const others = world.everything().filter((other) => !other.deleted)
  return {
    retweet_count: others.filter((other) => other.repostOf === post.id).length,
    reply_count: others.filter((other) => other.inReplyTo === post.id).length,
    like_count: post.likes,
    quote_count: others.filter((other) => other.quoted === post.id).length,
    bookmark_count: 0,
    impression_count: post.likes * 40 + 12,
  }
}

function nonEmpty<T>(list: T[]): T[] | undefined {
  return list.length ? list : undefined
}

function nonEmptyObject(value: object): object | undefined {
  return Object.keys(value).length ? value : undefined
}
