import type { Brand } from '../brand.ts'
import { unsign } from '../mark.ts'
import { findLinks } from '../weigh.ts'

/** A draft whose links, account names and names are numbers in brackets. */
export interface Hidden {
  text: string
  /** What `[[1]]` stands for, and so on. */
  things: string[]
  /** Closes the reply; taken off, to be put back. */
  signature: string
}

/** Hides what a model need not see and must not change: it can neither leak nor alter what it never had. */
export function hide(
  brand: Brand,
  draft: string,
  { locale, names }: { locale: string; names: readonly string[] },
): Hidden {
  const bare = unsigned(brand, draft, locale)
  const signature = draft.slice(bare.length).trim()
  const body = bare.trimEnd()
  const found = [
    ...(body.match(/\[\[.*?\]\]/g) ?? []),
    ...findLinks(body),
    ...(body.match(/[@＠#＃]\w{1,50}/g) ?? []),
    ...names.filter((name) => body.includes(name)),
  ]
  const things = [...new Set(found)].sort((a, b) => b.length - a.length)
  if (things.length === 0) return { text: body, things, signature }
  const any = new RegExp(things.map(literally).join('|'), 'g')
  return { text: body.replace(any, (thing) => `[[${things.indexOf(thing) + 1}]]`), things, signature }
}

/** Puts back what was hidden. */
export function show(text: string, { things, signature }: Hidden): string {
  const whole = text.replace(/\[\[(\d+)\]\]/g, (all, number) => things[Number(number) - 1] ?? all)
  return signature ? `${whole} ${signature}` : whole
}

/** What stands in double brackets, each as often as it stands there, sorted. */
export function hiddenIn(text: string): string[] {
  return (text.match(/\[\[.*?\]\]/gs) ?? []).sort()
}

function unsigned(brand: Brand, draft: string, locale: string): string {
  const { signature } = brand
  if (typeof signature !== 'string') return unsign(brand, draft, locale)
  return draft.endsWith(signature) ? draft.slice(0, -signature.length) : draft
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
