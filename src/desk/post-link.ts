import type { Desk } from './desk.ts'

/** Where a post stands in public (the sandbox's own page where it plays X); null where nobody can tell. */
export function postLink(
  desk: Pick<Desk, 'sandbox'>,
  network: string,
  username: string,
  externalId: string,
): string | null {
  if (network !== 'x' || !/^\w{1,30}$/.test(username) || !/^\d+$/.test(externalId)) return null
  if (desk.sandbox.parts.x) return desk.sandbox.web && `${desk.sandbox.web}/x#post-${externalId}`
  return `https://x.com/${username}/status/${externalId}`
}
