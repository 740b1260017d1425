import type { FeedEntry } from './entry.ts'
import { ENGLISH } from './story-en.ts'
import { JAPANESE } from './story-ja.ts'

/** What happens between the posts; each follows the entry named in `after`. */
const HAPPENINGS: { after: string; entry: FeedEntry }[] = [
  {
    after: 'ja-excess',
    entry: { key: 'repost-irony', does: 'repost', author: 'ellie_notes', of: 'en-irony-1' },
  },
  {
    after: 'ja-incomplete',
    entry: { key: 'repost-praise', does: 'repost', author: 'hinata_shop', of: 'en-praise-2' },
  },
  {
    after: 'ja-crushed-wave-2',
    entry: { key: 'repost-bent', does: 'repost', author: 'mugi_cha_cha', of: 'ja-bent-book' },
  },
  {
    after: 'en-other-talk',
    entry: {
      key: 'edit-rice',
      does: 'edit',
      of: 'en-edit-me',
      text: '@hinata_shop ordered two bags of rice, got one. order ord_5012 (fixed the number, sorry). It has been 5 days.',
    },
  },
  { after: 'en-incomplete', entry: { key: 'delete-flood', does: 'delete', of: 'en-delete-me' } },
]

/** The whole story in the order it is told: both halves in turn, with what happens between. */
export const STORY: FeedEntry[] = weave()

function weave(): FeedEntry[] {
  const story: FeedEntry[] = []
  const tell = (entry: FeedEntry | undefined) => {
    if (!entry) return
    story.push(entry)
    story.push(...HAPPENINGS.filter(({ after }) => after === entry.key).map((happening) => happening.entry))
  }
  for (let i = 0; i < Math.max(JAPANESE.length, ENGLISH.length); i += 1) {
    tell(JAPANESE[i])
    tell(ENGLISH[i])
  }
  return story
}
