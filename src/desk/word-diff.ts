import { diffArrays } from 'diff'

export interface DiffPart {
  kind: 'same' | 'removed' | 'added'
  text: string
}

/** What became of a text, word by word; Japanese words are those of Intl.Segmenter. */
export function wordDiff(before: string, after: string, locale: string): DiffPart[] {
  const segmenter = new Intl.Segmenter(locale, { granularity: 'word' })
  const words = (text: string) => [...segmenter.segment(text)].map(({ segment }) => segment)
  const parts: DiffPart[] = []
  let run = { removed: '', added: '' }
  const endRun = () => {
    for (const kind of ['removed', 'added'] as const) if (run[kind]) parts.push({ kind, text: run[kind] })
    run = { removed: '', added: '' }
  }
  for (const { value, added, removed } of diffArrays(words(before), words(after))) {
    const text = value.join('')
    if (removed) run.removed += text
    else if (added) run.added += text
    else if (/^ +$/.test(text) && (run.removed || run.added)) {
      // A space between two changed words is no island.
      run.removed += text
      run.added += text
    } else {
      endRun()
      parts.push({ kind: 'same', text })
    }
  }
  endRun()
  return parts
}
