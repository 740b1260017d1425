import { ownerOf } from '../voice/index.ts'
import type { Desk } from './desk.ts'
import type { Language } from './i18n.ts'

/** What a department is called; its name in taxonomy.yaml where nobody answers for it. */
export function departmentName(desk: Desk, language: Language, department: string): string {
  return (desk.letters && ownerOf(desk.letters, department)?.name[language]) ?? department
}

/** Departments of the taxonomy: those that somebody answers for, and those that nobody does. */
export function departments(desk: Desk, language: Language) {
  const all = [...new Set(desk.taxonomy.codes.map(({ department }) => department))]
    .filter((each): each is string => each !== undefined && each !== 'none')
    .sort()
  const owned = all.filter((each) => desk.letters && ownerOf(desk.letters, each))
  const named = (ids: string[]) => ids.map((id) => ({ id, name: departmentName(desk, language, id) }))
  return { owned: named(owned), unowned: named(all.filter((each) => !owned.includes(each))) }
}
