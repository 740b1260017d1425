import { sql } from 'kysely'
import { type PublishOutcome, publishDraft, type StillAllowed } from '../../src/publishing/index.ts'
import type { Sandbox } from '../../src/sandbox/index.ts'
import type { Store } from '../../src/store/database.ts'
import { registerSources } from '../../src/store/sources.ts'
import { BRAND, connect, type Rig, rig, type XMore } from '../listening/support.ts'

/** Quick, and still longer than what the sandbox is told to take. */
export const QUICK: XMore = { timeoutMs: 400, readbackMs: 700 }

export const quickRig = (more: XMore = {}) => rig({ ...QUICK, ...more })

export interface Complaint {
  author?: string
  text?: string
  answer?: string
  /** Not by mentioning us. */
  unsummoned?: boolean
  state?: 'approved' | 'pending'
  severity?: number
}

export interface Prepared {
  draftId: number
  caseId: number
  postId: number
  externalId: string
}

/** A complaint on X, heard, with an approved answer to it in a case of its own. */
export async function prepare(
  { box, store }: Pick<Rig, 'box' | 'store'>,
  complaint: Complaint = {},
): Promise<Prepared> {
  const author = complaint.author ?? 'mika'
  const text = complaint.text ?? (complaint.unsummoned ? 'hinata parcel late' : `@${BRAND} my parcel is late`)
  const externalId = box.x.control.post({ author, text })
  return answer(store, box, externalId, complaint)
}

/** Writes down a post that stands on X, and an answer to it; joins `caseId` where given. */
export async function answer(
  store: Store,
  box: Sandbox,
  externalId: string,
  complaint: Complaint = {},
  caseId?: number,
): Promise<Prepared> {
  const post = box.x.control.posts().find((each) => each.id === externalId)
  if (!post) throw new Error(`there is no post ${externalId}`)
  await registerSources(store, 'x', [{ id: 'x:mentions', kind: 'mentions', query: null }])
  await store
    .insertInto('authors')
    .values({ network: 'x', external_id: post.author.id, username: post.author.username })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const into = caseId ?? (await openCase(store, post.author.id, complaint.severity))
  const { id: postId } = await store
    .insertInto('posts')
    .values({
      network: 'x',
      external_id: externalId,
      source_id: 'x:mentions',
      author_id: post.author.id,
      text: post.text,
      created_at: new Date(post.createdAt),
      summoned: !complaint.unsummoned,
      state: 'triaged',
      case_id: into,
      media: '[]',
      context: '{}',
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const draftId = await draft(store, into, postId, complaint)
  return { draftId, caseId: into, postId, externalId }
}

export async function draft(
  store: Store,
  caseId: number,
  postId: number,
  complaint: Complaint = {},
): Promise<number> {
  const state = complaint.state ?? 'approved'
  const { id } = await store
    .insertInto('drafts')
    .values({
      case_id: caseId,
      post_id: postId,
      state,
      delivery: 'api',
      text: complaint.answer ?? 'We are sorry. We are looking into it.',
      checks: '[]',
      ...(state === 'approved' ? { publish_at: sql<Date>`now()`, decided_at: sql<Date>`now()` } : {}),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

async function openCase(store: Store, authorId: string, severity = 1): Promise<number> {
  const { id } = await store
    .insertInto('cases')
    .values({
      network: 'x',
      author_id: authorId,
      matter: 'delivery',
      language: 'en',
      code: 'delivery.late',
      codes: ['delivery.late'],
      severity,
      confidence: 0.9,
      sentiment: 'negative',
      due_at: new Date(Date.now() + 600_000),
      last_post_at: new Date(),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

export const stillAllowed: StillAllowed = async () => ({ outcome: 'auto', reason: 'policy as it was' })

export function publish(
  { store, network }: Pick<Rig, 'store' | 'network'>,
  draftId: number,
  policy: StillAllowed = stillAllowed,
): Promise<PublishOutcome> {
  return publishDraft(store, new Map([[network.name, network]]), draftId, policy)
}

/** Publishes as the queue does: what says "later" is tried again then. */
export async function publishUntilSettled(
  r: Pick<Rig, 'store' | 'network'>,
  draftId: number,
): Promise<PublishOutcome> {
  for (let turn = 0; turn < 60; turn++) {
    const outcome = await publish(r, draftId)
    if (outcome.outcome !== 'later') return outcome
    await new Promise((wake) => setTimeout(wake, Math.min(outcome.delayMs, 150)))
  }
  throw new Error('still not settled')
}

/** Another process on the same database and the same X. */
export function another(r: Rig, more: XMore = {}): Rig {
  return { ...r, network: connect(r.box, r.store, { ...QUICK, ...more }) }
}

export function draftRow(store: Store, id: number) {
  return store.selectFrom('drafts').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

export function replyRow(store: Store, draftId: number) {
  return store.selectFrom('replies').selectAll().where('draft_id', '=', draftId).executeTakeFirst()
}

export function caseRow(store: Store, id: number) {
  return store.selectFrom('cases').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
}

/** What stands in public as an answer to a post. */
export function answersTo(box: Sandbox, externalId: string) {
  return box.x.control.timeline().filter((post) => post.inReplyTo === externalId)
}

export function writes(box: Sandbox) {
  return box.x.control.requests().filter((request) => request.endpoint === 'create_post')
}
