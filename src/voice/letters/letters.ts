import type { CodeBook } from '../chat/index.ts'
import type { LetterDepartment, LettersFile } from './letters-file.ts'

/** What letters are made with. */
export interface Letters {
  file: LettersFile
  codes: CodeBook
  /** The company's; may change while the program runs. */
  timeZone: () => string
  /** Takes personal data out of a text. @param names that its writer is known by */
  mask: (text: string, names: readonly string[]) => string
  /** Code of posts whose words nobody reads by accident. */
  abuse: string
  /** A department without a language of its own is written to in this one. */
  language: 'en' | 'ja'
}

/** Who answers for a department; null: nobody does. */
export function ownerOf(letters: Letters, department: string): LetterDepartment | null {
  return Object.hasOwn(letters.file.departments, department)
    ? (letters.file.departments[department] ?? null)
    : null
}
