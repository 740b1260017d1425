import { existsSync } from 'node:fs'
import { z } from 'zod'
import { matchesCode } from '../../code-pattern.ts'
import { CHAT_KINDS } from '../../store/schema.ts'
import { clockTime, timeZone } from '../../time-zone.ts'
import { readYamlFile } from '../../yaml-file.ts'

/** Secrets never stand in the file: it names the variable of the environment that holds one. */
const secretOf = (ending: string) =>
  z
    .string()
    .regex(
      new RegExp(`^CHAT_[A-Z0-9_]*${ending}$`),
      `name a variable of the environment that holds it, such as CHAT_LOGISTICS_${ending}; secrets do not belong into this file`,
    )

const common = {
  name: z.string().regex(/^[a-z0-9-]{1,40}$/, 'use up to 40 of a-z, 0-9 and "-"'),
  /** What our own words are in. */
  language: z.enum(['en', 'ja']).default('en'),
  tells: z
    .array(z.enum(CHAT_KINDS))
    .min(1)
    .default([...CHAT_KINDS]),
  /** Departments of taxonomy.yaml whose codes it hears of; neither these nor codes: of all. */
  departments: z.array(z.string().min(1)).default([]),
  /** Codes, or groups of them such as delivery.* */
  codes: z.array(z.string().min(1)).default([]),
  /** Languages of customers, such as ja; none: all of them. */
  languages: z.array(z.string().min(2)).default([]),
  /** Of voices. */
  minSeverity: z.int().min(0).max(3).default(0),
  /** Voices told one by one in an hour; the rest is one line when the hour is over. */
  voicesPerHour: z.int().min(0).max(60).default(6),
  quietHours: z
    .strictObject({
      timeZone,
      from: clockTime,
      to: clockTime,
      exceptSeverity: z.int().min(1).max(3).default(3),
    })
    .refine(
      (quiet) => quiet.from !== quiet.to,
      'from and to are the same time; leave quietHours out for none',
    )
    .nullish(),
}

const channel = z.discriminatedUnion('kind', [
  z.strictObject({ ...common, kind: z.literal('slack'), urlFrom: secretOf('URL') }),
  z.strictObject({ ...common, kind: z.literal('teams'), urlFrom: secretOf('URL') }),
  z.strictObject({
    ...common,
    kind: z.literal('chatwork'),
    tokenFrom: secretOf('TOKEN'),
    room: z.string().regex(/^\d{1,20}$/, 'write the number of the room in quotes, such as "123456"'),
    origin: z
      .url({ protocol: /^https?$/, error: 'must be an origin such as https://api.chatwork.com' })
      .transform((value) => value.replace(/\/+$/, ''))
      .default('https://api.chatwork.com'),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('webhook'),
    urlFrom: secretOf('URL'),
    secretFrom: secretOf('SECRET'),
  }),
])
export type ChatChannel = z.infer<typeof channel>

const schema = z.strictObject({
  channels: z
    .array(channel)
    .max(50)
    .refine((channels) => new Set(channels.map(({ name }) => name)).size === channels.length, {
      message: 'two channels have the same name',
    }),
})

/**
 * Reads `templates/chat.yaml`; where there is none, nobody is told anything.
 * @throws TemplateFileError
 */
export function loadChat(file: string): ChatChannel[] {
  return existsSync(file) ? readYamlFile(file, schema).value.channels : []
}

/** Something that a channel may want to hear of. */
export interface Told {
  kind: ChatChannel['tells'][number]
  codes: readonly string[]
  severity: number
  language: string | null
}

/** Whether a channel wants to hear of it. @param ownerOf department that owns a code */
export function wants(channel: ChatChannel, told: Told, ownerOf: (code: string) => string): boolean {
  const { departments, codes, languages } = channel
  if (!channel.tells.includes(told.kind)) return false
  if (told.kind === 'voice' && told.severity < channel.minSeverity) return false
  const language = told.language?.split('-')[0]
  if (language && languages.length > 0 && !languages.some((each) => each.split('-')[0] === language))
    return false
  if (told.codes.length === 0 || departments.length + codes.length === 0) return true
  return told.codes.some((code) => matchesCode(codes, code) || departments.includes(ownerOf(code)))
}
