import type { Media, PostContext } from '../../store/schema.ts'
import type { HeardPost } from '../network.ts'
import type { Includes, XPost } from './wire.ts'

/** Turns a post of X's API into ours; says whether it summons us. */
export function toHeardPost(
  post: XPost,
  includes: Includes,
  self: { id: string; username: string },
): HeardPost {
  const author = includes.users.get(post.author_id)
  const reference = (type: 'replied_to' | 'quoted' | 'retweeted') =>
    post.referenced_tweets?.find((each) => each.type === type)?.id ?? null
  const quotedId = reference('quoted')
  const replyToId = reference('replied_to')
  const quotesUs = quotedId !== null && includes.posts.get(quotedId)?.author_id === self.id
  const mentionsUs = [
    ...(post.entities?.mentions ?? []),
    ...(post.note_tweet?.entities?.mentions ?? []),
  ].some(
    (mention) => mention.id === self.id || mention.username.toLowerCase() === self.username.toLowerCase(),
  )
  const own = post.author_id === self.id
  const firstVersion = post.edit_history_tweet_ids?.[0] ?? post.id
  return {
    externalId: post.id,
    author: {
      id: post.author_id,
      username: author?.username ?? post.author_id,
      name: author?.name ?? null,
      followers: author?.public_metrics?.followers_count ?? null,
    },
    text: unescapeHtml(post.note_tweet?.text ?? post.text),
    createdAt: post.created_at,
    conversationId: post.conversation_id ?? null,
    replyToId,
    quotedId,
    repostOfId: reference('retweeted'),
    editOfId: firstVersion === post.id ? null : firstVersion,
    summoned: !own && (mentionsUs || quotesUs),
    own,
    media: mediaOf(post, includes),
    context: {
      ...contextOf('repliesTo', replyToId, includes),
      ...contextOf('quotes', quotedId, includes),
    },
  }
}

function mediaOf(post: XPost, includes: Includes): Media[] {
  return (post.attachments?.media_keys ?? []).flatMap((key) => {
    const media = includes.media.get(key)
    const url = media?.url ?? media?.preview_image_url
    return media && url ? [{ kind: media.type, url, ...(media.alt_text ? { alt: media.alt_text } : {}) }] : []
  })
}

function contextOf(key: keyof PostContext, id: string | null, includes: Includes): PostContext {
  const other = id === null ? undefined : includes.posts.get(id)
  if (!other) return {}
  const author = other.author_id ? includes.users.get(other.author_id)?.username : undefined
  return { [key]: { id: other.id, text: unescapeHtml(other.text), author: author ?? '' } }
}

/** X escapes exactly these three in `text`. */
function unescapeHtml(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
