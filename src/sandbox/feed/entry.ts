/** One thing that happens on X while the story plays. Its key names it for good: it happens once. */
export type FeedEntry = PostEntry | RepostEntry | EditEntry | DeleteEntry

export interface PostEntry {
  key: string
  author: string
  text: string
  /** What a careful reader takes it for; only tests and people look at this. */
  about: string
  inReplyTo?: string
  quotes?: string
  /** A file of `images.ts`. */
  image?: string
  likes?: number
}

export interface RepostEntry {
  key: string
  does: 'repost'
  author: string
  of: string
}

export interface EditEntry {
  key: string
  does: 'edit'
  of: string
  text: string
}

export interface DeleteEntry {
  key: string
  does: 'delete'
  of: string
}

export function isPost(entry: FeedEntry): entry is PostEntry {
  return !('does' in entry)
}
