import { type Language, translateOr } from './i18n.ts'

const names = { en: namesIn('en'), ja: namesIn('ja') }

function namesIn(language: Language): Intl.DisplayNames {
  return new Intl.DisplayNames(language, { type: 'language', fallback: 'code' })
}

/** What a reader of `language` calls a language: 'ja' is Japanese, or 日本語. */
export function languageName(language: Language, code: string): string {
  const ours = translateOr(language, 'language', code)
  return ours === code && isLanguageCode(code) ? (names[language].of(code) ?? code) : ours
}

/** ISO 639, without region or script: what triage says of a post. */
export function isLanguageCode(code: string): boolean {
  return /^[a-z]{2,3}$/.test(code)
}

/** Several names in a sentence: 'Hana, Ken, and Mio'. */
export function listNames(language: Language, all: readonly string[]): string {
  return language === 'ja' ? all.join('、') : new Intl.ListFormat('en', { type: 'conjunction' }).format(all)
}
