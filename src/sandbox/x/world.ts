import { createHash } from 'node:crypto'
import { BRAND_USER_ID } from '../credentials.ts'
import { openJournal } from '../journal.ts'
import { createIdSource, newestFirst } from './ids.ts'
import { guessLanguage, mentionedNames, type ShortUrl, shortUrl, wrapUrls } from './text.ts'

export interface XUser {
  id: string
  username: string
  name: string
  description: string
  createdAt: string
  followers: number
}

export interface XMedia {
  /** A file name under the sandbox's `/media/`, or an address of its own. */
  file: string
  alt: string
  width: number
  height: number
}

export interface XPost {
  id: string
  authorId: string
  /** As X stores it: leading @names of a reply, links as t.co. Not HTML-escaped. */
  text: string
  /** As a person reads it: links spelled out, no leading @names that X added. */
  displayText: string
  createdAt: string
  lang: string
  likes: number
  inReplyTo?: string
  quoted?: string
  repostOf?: string
  conversationId: string
  urls: ShortUrl[]
  media: XMedia[]
  /** Oldest version first; this post's own id where it was never edited. */
  editHistory: string[]
  deleted: boolean
  viaApi: boolean
  madeWithAi: boolean
  /** The story feed's name for it. */
  key?: string
}

export interface NewPost {
  /** Handle without @. An unknown one becomes an account of that name. */
  author: string
  text: string
  inReplyTo?: string
  quoted?: string
  media?: XMedia[]
  lang?: string
  /** Now unless told. The id tells the same time: a post of yesterday lies below a `since_id` of today. */
  createdAt?: Date | string | number
  likes?: number
  viaApi?: boolean
  madeWithAi?: boolean
  key?: string
}

type Entry =
  | { t: 'user'; user: XUser }
  | { t: 'post'; post: XPost }
  | { t: 'edit'; of: string; post: XPost }
  | { t: 'delete'; id: string }

/** Everything that stands on the sandbox's X: accounts and posts, kept in a journal. */
export type World = ReturnType<typeof openWorld>

export function openWorld(path: string, brand: { username: string; name: string; description: string }) {
  const users = new Map<string, XUser>()
  const byName = new Map<string, XUser>()
  const posts = new Map<string, XPost>()
  const keys = new Map<string, string>()
  /** The oldest first: all of them, by who is mentioned, and by author. */
  const ordered: XPost[] = []
  const mentions = new Map<string, XPost[]>()
  const authored = new Map<string, XPost[]>()
  const undeleted = new Map<string, number>()
  /** The brand's posts by their words, as they were sent. */
  const brandTexts = new Map<string, XPost[]>()
  const ids = createIdSource()

  function apply(entry: Entry): void {
    if (entry.t === 'user') {
      users.set(entry.user.id, entry.user)
      byName.set(entry.user.username.toLowerCase(), entry.user)
    } else if (entry.t === 'post') {
      keep(entry.post)
    } else if (entry.t === 'edit') {
      keep(entry.post)
      for (const id of entry.post.editHistory) {
        const version = posts.get(id)
        if (version) version.editHistory = entry.post.editHistory
      }
    } else {
      for (const id of posts.get(entry.id)?.editHistory ?? []) {
        const version = posts.get(id)
        if (!version || version.deleted) continue
        version.deleted = true
        undeleted.set(version.authorId, (undeleted.get(version.authorId) ?? 0) - 1)
      }
    }
  }

  function keep(post: XPost): void {
    posts.set(post.id, post)
    ids.seen(post.id)
    if (post.key) keys.set(post.key, post.id)
    insertByAge(ordered, post)
    insertByAge(listOf(authored, post.authorId), post)
    for (const name of new Set(mentionedNames(post.text))) insertByAge(listOf(mentions, name), post)
    if (post.authorId === BRAND_USER_ID) listOf(brandTexts, post.displayText).push(post)
    if (!post.deleted) undeleted.set(post.authorId, (undeleted.get(post.authorId) ?? 0) + 1)
  }

  const journal = openJournal<Entry>(path, apply)
  const write = (entry: Entry): void => {
    journal.append(entry)
    apply(entry)
  }

  function ensureUser(username: string, more: Partial<XUser> = {}): XUser {
    const known = byName.get(username.toLowerCase())
    if (known) return known
    const digest = createHash('sha256').update(username.toLowerCase()).digest()
    const user: XUser = {
      id: String(1_000_000_000_000_000_000n + (digest.readBigUInt64BE() % 600_000_000_000_000_000n)),
      username,
      name: username,
      description: '',
      createdAt: '2019-04-01T00:00:00.000Z',
      followers: digest.readUInt16BE(8) % 900,
      ...more,
    }
    write({ t: 'user', user })
    return user
  }

  function buildPost(id: string, fields: NewPost): XPost {
    const author = ensureUser(fields.author)
    const parent = fields.inReplyTo ? posts.get(fields.inReplyTo) : undefined
    const parentAuthor = parent && users.get(parent.authorId)
    const wrapped = wrapUrls(fields.text)
    let text = wrapped.text
    // X puts the name of the one who is answered in front, unless it stands in the text already.
    if (
      parentAuthor &&
      parentAuthor.id !== author.id &&
      !mentionedNames(text).includes(parentAuthor.username.toLowerCase())
    )
      text = `@${parentAuthor.username} ${text}`.trimEnd()
    const urls = [...wrapped.urls]
    const media = fields.media ?? []
    if (media.length > 0) {
      const expanded = `https://x.com/${author.username}/status/${id}/photo/1`
      const link = {
        url: shortUrl(expanded),
        expanded,
        display: `pic.x.com/${id.slice(-8)}`,
        mediaKey: `3_${id}0`,
      }
      urls.push(link)
      text = `${text} ${link.url}`.trimStart()
    }
    const quotedAuthor = fields.quoted ? users.get(posts.get(fields.quoted)?.authorId ?? '') : undefined
    if (fields.quoted && quotedAuthor) {
      const expanded = `https://x.com/${quotedAuthor.username}/status/${fields.quoted}`
      urls.push({ url: shortUrl(expanded + id), expanded, display: expanded.slice(8, 38) })
      text = `${text} ${shortUrl(expanded + id)}`.trimStart()
    }
    return {
      id,
      authorId: author.id,
      text,
      displayText: fields.text,
      createdAt: new Date(fields.createdAt ?? Date.now()).toISOString(),
      lang: fields.lang ?? guessLanguage(fields.text),
      likes: fields.likes ?? 0,
      inReplyTo: fields.inReplyTo,
      quoted: fields.quoted,
      conversationId: parent?.conversationId ?? id,
      urls,
      media,
      editHistory: [id],
      deleted: false,
      viaApi: fields.viaApi ?? false,
      madeWithAi: fields.madeWithAi ?? false,
      key: fields.key,
    }
  }

  function mustHave(id: string): XPost {
    const post = posts.get(id)
    if (!post || post.deleted)
      throw new Error(`There is no post ${id} on the sandbox's X (or it was deleted).`)
    return post
  }

  const brandUser =
    byName.get(brand.username.toLowerCase()) ?? ensureUser(brand.username, { ...brand, id: BRAND_USER_ID })

  return {
    brand: brandUser,
    ensureUser,
    user: (id: string) => users.get(id),
    userNamed: (name: string) => byName.get(name.toLowerCase()),
    find: (id: string) => posts.get(id),
    findByKey: (key: string) => posts.get(keys.get(key) ?? ''),
    /** Newest first; only the latest version of edited posts, no deleted ones. */
    standing: (wanted: Wanted = anyPost) => newestOf(ordered, (post) => isStanding(post) && wanted(post)),
    everything: () => [...posts.values()],
    /** As `standing`, of one author. */
    standingOf: (authorId: string, wanted: Wanted = anyPost) =>
      newestOf(authored.get(authorId) ?? [], (post) => isStanding(post) && wanted(post)),
    mentioning: (username: string) =>
      newestOf(mentions.get(username.toLowerCase()) ?? [], (post) => isStanding(post) && !post.repostOf),
    /** Posts of an author that were not deleted, older versions of edited ones too. */
    countOf: (authorId: string) => undeleted.get(authorId) ?? 0,
    brandPostsWith: (text: string): readonly XPost[] => brandTexts.get(text) ?? [],

    add(fields: NewPost): XPost {
      const at = new Date(fields.createdAt ?? Date.now()).getTime()
      const post = buildPost(ids.next(at), { ...fields, createdAt: at })
      write({ t: 'post', post })
      return post
    },
    repost(author: string, of: string, key?: string): XPost {
      const original = mustHave(of)
      const name = users.get(original.authorId)?.username
      const post = buildPost(ids.next(Date.now()), { author, text: '', key, lang: original.lang })
      const text = `RT @${name}: ${original.text}`
      const repost = { ...post, text, displayText: text, repostOf: of, urls: original.urls }
      write({ t: 'post', post: repost })
      return repost
    },
    edit(id: string, text: string): XPost {
      const before = mustHave(id)
      const next = buildPost(ids.next(Date.now()), {
        author: users.get(before.authorId)?.username ?? '',
        text,
        inReplyTo: before.inReplyTo,
        quoted: before.quoted,
        media: before.media,
        likes: before.likes,
        viaApi: before.viaApi,
      })
      const first = before.editHistory[0] as string
      const conversationId = before.conversationId === first ? first : before.conversationId
      const post = { ...next, conversationId, editHistory: [...before.editHistory, next.id] }
      write({ t: 'edit', of: id, post })
      return post
    },
    delete(id: string): void {
      mustHave(id)
      write({ t: 'delete', id })
    },
    close: () => journal.close(),
  }
}

export function isStanding(post: XPost): boolean {
  return !post.deleted && post.editHistory.at(-1) === post.id
}

function listOf(lists: Map<string, XPost[]>, key: string): XPost[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}

/** Nearly always at the end: only posts that were back-dated go further in. */
function insertByAge(list: XPost[], post: XPost): void {
  let at = list.length
  while (at > 0 && newestFirst(list[at - 1] as XPost, post) < 0) at -= 1
  list.splice(at, 0, post)
}

type Wanted = (post: XPost) => boolean
const anyPost: Wanted = () => true

/** Lazily, since a list of many is mostly asked for its first few. */
function* newestOf(list: readonly XPost[], wanted: Wanted): Generator<XPost> {
  for (let at = list.length - 1; at >= 0; at--) {
    const post = list[at] as XPost
    if (wanted(post)) yield post
  }
}

/** The first few of many. */
export function* firstOf<T>(all: Iterable<T>, count: number): Generator<T> {
  let left = count
  for (const each of all) {
    if (left-- <= 0) return
    yield each
  }
}
