import type { CordKind } from '../store/schema.ts'
import { translate } from './i18n.ts'
import type { DeskOptions } from './options.ts'
import type { Visit } from './visit.ts'

/** What the reader calls a thing that a signal or a cord is about. */
export function thingTitle(
  { andon, taxonomy }: Pick<DeskOptions, 'andon' | 'taxonomy'>,
  { language }: Visit,
  { kind, name }: { kind: CordKind | 'company'; name: string },
): string {
  if (kind === 'company') return translate(language, 'andon.company')
  if (kind === 'code') return taxonomy.codes.find(({ code }) => code === name)?.name[language] ?? name
  return andon?.things.nameOf(name)?.[language] ?? name
}
