import { z } from 'zod'

const perLocale = z.record(z.string(), z.string().min(1))

/** What mails take from `templates/brand.yaml`, which the room of replies owns and checks in full. */
export const letterheadSchema = z.object({
  locales: z.array(z.string()).min(1),
  name: perLocale,
  timeZone: z.string(),
  links: z.record(z.string(), perLocale),
})

export type Letterhead = z.infer<typeof letterheadSchema>

/** The brand as a mail's templates see it in one locale. */
export function letterheadIn(letterhead: Letterhead, locale: string) {
  const links = Object.fromEntries(
    Object.entries(letterhead.links).map(([name, link]) => [name, link[locale]]),
  )
  return { brand: { name: letterhead.name[locale] ?? '' }, links }
}
