import { z } from 'zod'
import { timeZone } from '../time-zone.ts'

const perLocale = z.record(z.string(), z.string().min(1))

const url = z.url({ protocol: /^https$/, error: 'is not a link; write it in full, starting with https://' })

/** `templates/brand.yaml`: who speaks, and what may be said in its name. */
export const brandSchema = z
  .strictObject({
    /** Languages that every reply and mail template must exist in. */
    locales: z.array(z.string().regex(/^[a-z]{2}$/, 'write two letters, such as ja')).min(1),
    name: perLocale,
    /** Account names without the @. */
    handles: z.strictObject({ x: z.string().regex(/^\w{1,15}$/, 'write the account name without the @') }),
    timeZone,
    /** Where replies may send people, by name and locale. */
    links: z.record(z.string(), z.record(z.string(), url)),
    /** What the brand promises, as words that fit into a sentence, by name and locale. */
    promises: z.record(z.string(), perLocale),
    /** Hours in which a promise that replies give a date by is kept. */
    promiseHours: z.record(z.string(), z.int().min(1)).default({}),
    /** One mark that closes every reply, or whose it is: of the person who approved it, or of nobody. */
    signature: z
      .union([
        z.string().max(20),
        z.strictObject({
          /** Closes with the initials of whoever approved it: ^KS. */
          agents: z.boolean(),
          /** Closes what went out without a person, by locale. */
          automated: z.record(z.string(), z.string().min(1).max(20)).optional(),
        }),
      ])
      .optional(),
  })
  .superRefine((brand, context) => {
    const everywhere = {
      name: brand.name,
      ...prefixed('links', brand.links),
      ...prefixed('promises', brand.promises),
      ...(typeof brand.signature === 'object' && brand.signature.automated
        ? { 'signature/automated': brand.signature.automated }
        : {}),
    }
    for (const name of Object.keys(brand.promiseHours)) {
      if (brand.promises[name]) continue
      context.addIssue({
        code: 'custom',
        path: ['promiseHours', name],
        message: 'is no promise of this file',
      })
    }
    for (const [path, texts] of Object.entries(everywhere)) {
      for (const locale of brand.locales) {
        if (texts[locale]) continue
        context.addIssue({
          code: 'custom',
          path: path.split('/'),
          message: `has no text for the locale ${locale}`,
        })
      }
    }
  })

export type Brand = z.infer<typeof brandSchema>

/** Account names, lower case, that are ours. */
export function ownHandles(brand: Brand): Set<string> {
  return new Set(Object.values(brand.handles).map((handle) => handle.toLowerCase()))
}

/** Host names, lower case, that replies may link to. */
export function ownHosts(brand: Brand): Set<string> {
  return new Set(
    Object.values(brand.links).flatMap((link) => Object.values(link).map((url) => new URL(url).host)),
  )
}

function prefixed<T>(prefix: string, record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [`${prefix}/${key}`, value]))
}
