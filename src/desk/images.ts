import { hash } from 'node:crypto'
import pLimit from 'p-limit'
import { deskLog } from '../log.ts'
import { createRecent } from '../recent.ts'
import { findPicture, keepImage, readImage } from '../store/image-cache.ts'
import { createRequestLimit } from '../store/request-limits.ts'
import type { Desk } from './desk.ts'
import { fetchPicture, mayFetch, type Picture } from './fetch-picture.ts'
import { noPicture } from './no-picture.ts'
import { type Route, readId, readNumber, signedIn, type Visit } from './visit.ts'

/** All pictures together. */
const CACHE_BYTES = 200 * 1024 * 1024
const AT_ONCE = 6
/** A picture that could not be had is not asked for again so soon. */
const FAILED_MS = 2 * 60_000
const NEW_PER_MINUTE = 120
const ENDINGS: Record<string, string> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/svg+xml': 'svg',
}

/** Where readers get a post's picture from: us. null where we would not load it from its address. */
export function picturePath(
  desk: Pick<Desk, 'sandbox'>,
  postId: number,
  place: number,
  url: string,
): string | null {
  return mayFetch(url, trustedOrigin(desk)) ? `/media/${postId}/${place}` : null
}

/** Pictures of posts, loaded by us: strangers' servers never see who reads here. */
export function imageRoutes(desk: Desk): Route[] {
  const failed = createRecent<number>(2000)
  const underWay = new Map<string, Promise<Picture | null>>()
  const turn = pLimit(AT_ONCE)
  const limit = createRequestLimit(desk.store, 'pictures', NEW_PER_MINUTE, 60)

  async function load(url: string, key: string): Promise<Picture | null> {
    try {
      // Who waited for the limit may come when another has loaded it already.
      const kept = await readImage(desk.store, key)
      if (kept) return kept
      const picture = await turn(() => fetchPicture(url, { trustedOrigin: trustedOrigin(desk) }))
      await keepImage(desk.store, key, picture, CACHE_BYTES)
      return picture
    } catch (error) {
      failed.set(key, Date.now())
      deskLog.info({ host: new URL(url).host, reason: (error as Error).message }, 'a picture is not shown')
      return null
    }
  }

  /** Many who look at the same new picture wait for one request. */
  function loadOnce(url: string, key: string): Promise<Picture | null> {
    const before = underWay.get(key)
    if (before) return before
    const now = load(url, key).finally(() => underWay.delete(key))
    underWay.set(key, now)
    return now
  }

  return [
    {
      method: 'get',
      path: '/media/:id/:place',
      allow: 'read',
      async handle(visit) {
        const place = readNumber(visit.request.params.place)
        const media = place === null ? null : await findPicture(desk.store, readId(visit), place)
        if (!media || !mayFetch(media.url, trustedOrigin(desk))) return sendNone(visit, 404, media?.alt)
        const key = hash('sha256', media.url)
        const kept = await readImage(desk.store, key)
        if (kept) return sendPicture(visit, kept)
        if (Date.now() - (failed.get(key) ?? 0) < FAILED_MS) return sendNone(visit, 404, media.alt)
        if (!(await limit.take(String(signedIn(visit).id)))) return sendNone(visit, 429, media.alt)
        const picture = await loadOnce(media.url, key)
        return picture ? sendPicture(visit, picture) : sendNone(visit, 404, media.alt)
      },
    },
  ]
}

function trustedOrigin({ sandbox }: Pick<Desk, 'sandbox'>): string | null {
  return sandbox.web && new URL(sandbox.web).origin
}

/** Opened by itself it is a picture and nothing else, whatever is in it. */
function sendPicture({ response }: Visit, { type, bytes }: Picture): void {
  response
    .set({
      'content-type': type,
      'content-disposition': `inline; filename="picture.${ENDINGS[type] ?? 'bin'}"`,
      'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'",
      'cache-control': 'private, max-age=3600',
    })
    .send(bytes)
}

/** Browsers draw what comes with any status: a quiet card with the description that its author gave. */
function sendNone({ response, language }: Visit, status: 404 | 429, alt: string | undefined): void {
  response
    .status(status)
    .set({
      'content-type': 'image/svg+xml; charset=utf-8',
      'content-security-policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'",
      'cache-control': 'no-store',
    })
    .send(noPicture(language, alt ?? ''))
}
