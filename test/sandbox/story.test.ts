import { describe, expect, it } from 'vitest'
import { isPost, type PostEntry } from '../../src/sandbox/feed/entry.ts'
import { IMAGES } from '../../src/sandbox/feed/images.ts'
import { PEOPLE } from '../../src/sandbox/feed/people.ts'
import { STORY } from '../../src/sandbox/feed/story.ts'
import { startSandbox } from '../../src/sandbox/index.ts'
import { weightedLength } from '../../src/sandbox/x/text.ts'
import { freshDir, sandbox, until, xClient } from './support.ts'

const POSTS = STORY.filter(isPost)
const ABOUT =
  `delivery.late delivery.missing delivery.conduct packaging.damage packaging.excess item.wrong item.defective
  item.incomplete item.safety item.listing streaming.quality streaming.playback_error billing.charge billing.refund
  order.cancel order.return order.replacement account.access site.bug service.conduct conduct.abuse feedback.praise
  feedback.suggestion question none`.split(/\s+/)

describe('the story that the sandbox tells', () => {
  it('is at least 70 different posts, about half of them Japanese', () => {
    expect(POSTS.length).toBeGreaterThanOrEqual(70)
    expect(new Set(POSTS.map((post) => post.text)).size).toBe(POSTS.length)
    expect(new Set(STORY.map((entry) => entry.key)).size).toBe(STORY.length)
    const japanese = POSTS.filter((post) => /[ぁ-んァ-ヶ]/.test(post.text)).length
    expect(japanese / POSTS.length).toBeGreaterThan(0.42)
    expect(japanese / POSTS.length).toBeLessThan(0.58)
  })

  it('has something about every kind of trouble, in posts that X would take', () => {
    expect(ABOUT.filter((code) => !POSTS.some((post) => post.about === code))).toEqual([])
    expect(POSTS.filter((post) => !ABOUT.includes(post.about))).toEqual([])
    expect(POSTS.filter((post) => weightedLength(post.text) > 280)).toEqual([])
    expect(POSTS.filter((post) => post.image && !IMAGES[post.image])).toEqual([])
    const known = new Set([...PEOPLE.map(([username]) => username), 'hinata_shop'])
    expect(POSTS.filter((post) => !known.has(post.author))).toEqual([])
  })

  it('names only what was told before', () => {
    const told = new Set<string>()
    for (const entry of STORY) {
      const names = isPost(entry) ? [entry.inReplyTo, entry.quotes] : [entry.of]
      for (const name of names) if (name) expect(told, `${entry.key} names ${name}`).toContain(name)
      told.add(entry.key)
    }
  })

  it('mentions us mostly, and the bent book does not', () => {
    const mentions = (post: PostEntry | undefined) => post?.text.includes('@hinata_shop') === true
    expect(POSTS.filter(mentions).length / POSTS.length).toBeGreaterThan(0.7)
    const bent = POSTS.find((post) => post.key === 'ja-bent-book')
    expect(mentions(bent)).toBe(false)
    expect(bent?.image).toBe('bent-book.svg')
  })

  it('is told on the wire: by mention, by search, with an edit, a deletion, a quote and a repost', async () => {
    const box = await sandbox({ feed: 'story', speed: 500, limits: 'raised' })
    const { control } = box.x
    await until(() => control.findByKey('en-thanks'), Boolean)

    const client = xClient(box)
    const mentions = await client.userMentionTimeline(box.x.userId, {
      max_results: 100,
      expansions: ['author_id'],
    })
    await mentions.fetchLast(500)
    expect(mentions.tweets.length).toBeGreaterThan(60)
    const search = await client.search('(ひなた OR hinata) -is:retweet', { max_results: 100 })
    const found = search.tweets.map((post) => post.id)
    expect(found).toContain(control.findByKey('ja-bent-book')?.id)
    expect(found).toContain(control.findByKey('ja-noise-volley')?.id)
    expect(control.findByKey('en-edit-me')?.editHistory).toHaveLength(2)
    expect(control.findByKey('en-delete-me')?.deleted).toBe(true)
    expect(control.findByKey('en-quote-us')?.quoted).toBe(control.findByKey('en-brand-delay')?.id)
    expect(control.findByKey('repost-bent')?.repostOf).toBe(control.findByKey('ja-bent-book')?.id)
    expect(control.findByKey('ja-angry-1')?.author.username).toBe(
      control.findByKey('ja-angry-3')?.author.username,
    )
  })

  it('goes on where it stopped after a restart and repeats nothing', async () => {
    const dir = freshDir()
    const before = await startSandbox({ dir, feed: 'story', speed: 300 })
    await until(
      () => before.x.control.posts().length,
      (count) => count > 25,
    )
    await before.close()
    const after = await sandbox({ dir, feed: 'story', speed: 500 })
    await until(() => after.x.control.findByKey('en-thanks'), Boolean)
    const keys = after.x.control.posts().flatMap((post) => post.key ?? [])
    expect(keys.length).toBe(new Set(keys).size)
    expect(keys.length).toBe(STORY.filter((entry) => isPost(entry) || entry.does === 'repost').length)
  })
})
