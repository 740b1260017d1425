import { UsageError } from './command.ts'

/** What somebody says of what they do, for the record. @throws UsageError where they say nothing */
export function noteOf(given: string | undefined): string {
  const note = given?.trim() ?? ''
  if (note === '') throw new UsageError('Say why with --note "…"')
  return note.slice(0, 500)
}
