import type { XControl } from '../x/control.ts'
import { type FeedEntry, isPost } from './entry.ts'
import { IMAGES } from './images.ts'
import { PEOPLE } from './people.ts'
import { STORY } from './story.ts'

const STORY_MS = 70_000

/** Tells what has not happened yet, evenly spread. Returns a function that stops the telling. */
export function playStory(x: XControl, speed: number, log: (message: string) => void): () => void {
  for (const [username, name, followers] of PEOPLE) x.addUser(username, { name, followers })
  const left = STORY.filter((entry) => !hasHappened(x, entry))
  const stepMs = STORY_MS / STORY.length / speed
  let timer: NodeJS.Timeout | undefined
  const tellNext = () => {
    const entry = left.shift()
    if (!entry) return log('the story has been told')
    try {
      tell(x, entry)
    } catch (error) {
      log(String(error))
    }
    timer = setTimeout(tellNext, stepMs)
  }
  timer = setTimeout(tellNext, stepMs)
  return () => clearTimeout(timer)
}

/** The posts themselves tell it: nothing else has to be remembered across a restart. */
function hasHappened(x: XControl, entry: FeedEntry): boolean {
  if (isPost(entry) || entry.does === 'repost') return x.findByKey(entry.key) !== undefined
  const target = x.findByKey(entry.of)
  return entry.does === 'edit' ? (target?.editHistory.length ?? 1) > 1 : target?.deleted === true
}

function tell(x: XControl, entry: FeedEntry): void {
  const idOf = (key: string) => {
    const post = x.findByKey(key)
    if (!post)
      throw new Error(
        `Feed entry ${entry.key} names ${key}, which has not been posted yet: move it after ${key}.`,
      )
    return post.id
  }
  if (isPost(entry)) {
    const image = entry.image ? IMAGES[entry.image] : undefined
    x.post({
      key: entry.key,
      author: entry.author,
      text: entry.text,
      likes: entry.likes,
      inReplyTo: entry.inReplyTo && idOf(entry.inReplyTo),
      quoted: entry.quotes && idOf(entry.quotes),
      media: image && [{ file: entry.image as string, alt: image.alt, width: 1200, height: 900 }],
    })
  } else if (entry.does === 'repost') x.repost(entry.author, idOf(entry.of), entry.key)
  else if (entry.does === 'edit') x.editPost(idOf(entry.of), entry.text)
  else x.deletePost(idOf(entry.of))
}
