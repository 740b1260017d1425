const DOTS = '•••'

/** A name by its first letters, so that only who bears it recognises it: "L••• W•••", 「佐•••」. */
export function maskName(name: string | null): string | null {
  const words = name?.trim().split(/\s+/).slice(0, 3).filter(Boolean) ?? []
  return words.length === 0 ? null : words.map((word) => `${firstOf(word)}${DOTS}`).join(' ')
}

/** A mail address by its first letter and the end of its host: "l•••@e•••.com". */
export function maskMail(mail: string | null): string | null {
  const match = /^([^@\s]+)@([^@\s]+)$/.exec(mail ?? '')
  if (!match) return null
  const [, local = '', host = ''] = match
  const top = /\.[^.]+$/.exec(host)?.[0] ?? ''
  return `${firstOf(local)}${DOTS}@${firstOf(host)}${DOTS}${top}`
}

function firstOf(word: string): string {
  return [...new Intl.Segmenter().segment(word)][0]?.segment ?? ''
}
