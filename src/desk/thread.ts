import { isAbusive } from '../cases/index.ts'
import type { CasePage } from '../store/case-page.ts'
import type { Media, Reason, ReplyState } from '../store/schema.ts'
import { type ThreadPost, threadAround } from '../store/thread.ts'
import { codeName, type Desk } from './desk.ts'
import { translateOr } from './i18n.ts'
import { picturePath } from './images.ts'
import { markReasons, type Part } from './mark-reasons.ts'
import { shownInPublic } from './named.ts'
import { postLink } from './post-link.ts'
import type { Visit } from './visit.ts'

interface Picture {
  url: string | null
  alt: string
  host: string
}

/** A post that another one answers or quotes: on the page, stored, told of by the network, or known by its id only. */
type Other =
  | { known: 'here'; href: string; handle: string }
  | {
      known: 'stored'
      name: string
      handle: string
      text: string
      pictures: Picture[]
      deleted: boolean
      href: string | null
    }
  | { known: 'told'; handle: string; text: string; href: string | null }
  | { known: 'no'; href: string | null }
  /** Abuse, which is read in a case of its own. */
  | { known: 'hidden'; caseId: number | null }

/** One post as it stands in its thread, or a reply of ours that is not in public yet. */
export interface ThreadItem {
  anchor: string
  at: Date
  name: string
  handle: string
  /** 'case': of this case; 'author': the same author elsewhere; 'ours'; 'other': somebody else's. */
  whose: 'case' | 'author' | 'ours' | 'other'
  answered: boolean
  /** It begins the thread: nobody is answered. */
  opens: boolean
  summoned: boolean
  parts: Part[]
  pictures: Picture[]
  deleted: boolean
  /** Its words were let go. */
  forgotten: boolean
  edited: boolean
  shown: string | null
  href: string | null
  /** Another case that it is in. */
  caseId: number | null
  /** Abuse that this person has not opened: its words are not in the page. */
  hidden: boolean
  answers: Other | null
  quotes: Other | null
  reply: { state: ReplyState; error: string | null } | null
}

/** A reason of triage in the reader's words. */
export function reasonLabels(desk: Desk, visit: Visit): (reason: Reason) => string {
  return (reason) =>
    reason.code ? codeName(desk, visit, reason.code) : translateOr(visit.language, 'reasonKind', reason.kind)
}

/**
 * The posts of a case in their threads: what they answer above them, our replies and the author's further posts below.
 * @param answeredId the post that the draft answers
 * @param hidden posts whose words stay out of the page
 */
export async function threadsOf(
  desk: Desk,
  visit: Visit,
  page: CasePage,
  answeredId: number | null,
  hidden: ReadonlySet<number>,
): Promise<ThreadItem[][]> {
  const { case: found } = page
  const subject = { network: found.network, authorId: found.author_id, caseId: found.id }
  const { posts, quoted } = await threadAround(desk.store, subject)
  const mine = new Map(page.posts.map((post) => [post.id, post]))
  const quotable = new Map([...quoted, ...posts].map((post) => [post.external_id, post]))
  const replies = new Map(
    page.replies.flatMap((reply) => (reply.external_id ? [[reply.external_id, reply]] : [])),
  )
  const labelOf = reasonLabels(desk, visit)
  const nodes = new Map<string, Node>()
  for (const reply of page.replies) {
    if (reply.external_id === null) continue
    nodes.set(reply.external_id, {
      anchor: `r${reply.id}`,
      handle: '',
      conversation: null,
      parent: reply.in_reply_to,
    })
  }
  // After the replies: one that was heard again stands there as a post of our own.
  for (const { id, external_id, username, conversation_id, reply_to_id } of posts) {
    const node = { anchor: `p${id}`, handle: username, conversation: conversation_id, parent: reply_to_id }
    nodes.set(external_id, node)
  }
  const groups = new Map<string, { item: ThreadItem; post: ThreadPost | null }[]>()

  for (const post of posts) {
    const detail = mine.get(post.id)
    const elsewhere = post.case_id === found.id ? null : post.case_id
    const isHidden = detail ? hidden.has(post.id) : isAbusive(post.codes)
    add(post.external_id, post, {
      anchor: `p${post.id}`,
      at: post.created_at,
      name: post.name || post.username,
      handle: post.username,
      whose: detail ? 'case' : post.own ? 'ours' : post.author_id === found.author_id ? 'author' : 'other',
      answered: post.id === answeredId,
      opens: post.reply_to_id === null,
      summoned: detail?.summoned ?? false,
      parts: isHidden ? [] : markReasons(post.text, detail?.reasons ?? [], labelOf),
      pictures: isHidden ? [] : picturesOf(post),
      deleted: post.deleted_at !== null,
      forgotten: post.erased_at !== null,
      edited: detail ? detail.superseded_by !== null : false,
      shown:
        detail && !isHidden && detail.deleted_at === null && detail.superseded_by === null
          ? shownInPublic(visit.language, detail.entities ?? [])
          : null,
      href: postLink(desk, found.network, post.username, post.external_id),
      caseId: elsewhere,
      hidden: isHidden,
      answers: null,
      quotes: isHidden ? null : quotesOf(post),
      reply: replyOf(post.external_id),
    })
  }
  for (const reply of page.replies) {
    if (reply.external_id && nodes.get(reply.external_id)?.anchor !== `r${reply.id}`) continue
    add(reply.in_reply_to, null, {
      anchor: `r${reply.id}`,
      at: reply.sent_at ?? reply.created_at,
      name: '',
      handle: '',
      whose: 'ours',
      answered: false,
      opens: false,
      summoned: false,
      parts: [{ text: reply.text, why: null }],
      pictures: [],
      deleted: false,
      forgotten: false,
      edited: false,
      shown: null,
      href: reply.external_id ? postLink(desk, found.network, 'i', reply.external_id) : null,
      caseId: null,
      hidden: false,
      answers: null,
      quotes: null,
      reply: { state: reply.state, error: reply.error },
    })
  }
  return [...groups.values()].map((group) => {
    group.sort((a, b) => a.item.at.getTime() - b.item.at.getTime())
    return group.map(({ item, post }, place) => ({
      ...item,
      answers: post && answersOf(post, group[place - 1]?.item),
    }))
  })

  function add(externalId: string, post: ThreadPost | null, item: ThreadItem): void {
    const root = rootOf(externalId, nodes)
    groups.set(root, [...(groups.get(root) ?? []), { item, post }])
  }

  function replyOf(externalId: string): ThreadItem['reply'] {
    const reply = replies.get(externalId)
    return reply ? { state: reply.state, error: reply.error } : null
  }

  /** Nothing where the post right above is the one: that is plain to see. */
  function answersOf(post: ThreadPost, above: ThreadItem | undefined): Other | null {
    if (post.reply_to_id === null) return null
    const parent = nodes.get(post.reply_to_id)
    if (parent && above?.anchor === parent.anchor) return null
    if (parent) return { known: 'here', href: `#${parent.anchor}`, handle: parent.handle }
    return toldOf(post.context.repliesTo, post.reply_to_id)
  }

  function quotesOf(post: ThreadPost): Other | null {
    if (post.quoted_id === null) return null
    const other = quotable.get(post.quoted_id)
    if (!other) return toldOf(post.context.quotes, post.quoted_id)
    if (isAbusive(other.codes)) return { known: 'hidden', caseId: other.case_id }
    return {
      known: 'stored',
      name: other.name || other.username,
      handle: other.username,
      text: other.text,
      pictures: picturesOf(other),
      deleted: other.deleted_at !== null,
      href: postLink(desk, found.network, other.username, other.external_id),
    }
  }

  function toldOf(told: { text: string; author: string } | undefined, externalId: string): Other {
    const href = linkTo(externalId)
    return told ? { known: 'told', handle: told.author, text: told.text, href } : { known: 'no', href }
  }

  /** X finds a post by its id, whoever wrote it. */
  function linkTo(externalId: string): string | null {
    return postLink(desk, found.network, 'i', externalId)
  }

  function picturesOf(post: { id: number; media: Media[]; deleted_at: Date | null }): Picture[] {
    return post.media.map((media, place) => ({
      url: post.deleted_at === null ? picturePath(desk, post.id, place, media.url) : null,
      alt: media.alt ?? '',
      host: URL.canParse(media.url) ? new URL(media.url).host : '?',
    }))
  }
}

interface Node {
  anchor: string
  handle: string
  conversation: string | null
  parent: string | null
}

/** What all posts of one thread have in common: their conversation, or the topmost that we know. */
function rootOf(externalId: string, nodes: ReadonlyMap<string, Node>): string {
  let top = externalId
  for (let steps = 0; steps < nodes.size; steps++) {
    const node = nodes.get(top)
    if (node && node.conversation !== null) return node.conversation
    if (!node || node.parent === null || !nodes.has(node.parent)) return top
    top = node.parent
  }
  return top
}
