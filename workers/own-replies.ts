import { recogniseReply } from '../src/cases/index.ts'
import type { Network } from '../src/listening/index.ts'
import { publishLog } from '../src/log.ts'
import { repliesTotal } from '../src/metrics.ts'
import { findOwnReply } from '../src/publishing/index.ts'
import { takeDueComposers } from '../src/store/composers.ts'
import type { Parts } from './parts.ts'

const LEAST_MS = 5_000

type LookingParts = Pick<Parts, 'store' | 'networks'> & {
  config: Pick<Parts['config'], 'xPollMs'>
  replies: Pick<Parts['replies'], 'check'>
}

/**
 * Looks for answers that people post from a network's own composer. Our own timeline is read only while somebody has
 * one open, and the less often the longer ago that was: reading costs.
 */
export async function findOwnReplies(parts: LookingParts): Promise<void> {
  for (const network of parts.networks.values()) {
    try {
      await findOn(parts, network)
    } catch (error) {
      publishLog.warn({ err: error, network: network.name }, 'our own replies can not be read now')
    }
  }
}

async function findOn({ store, replies, config }: LookingParts, network: Network): Promise<void> {
  const open = await takeDueComposers(store, network.name, Math.min(config.xPollMs, LEAST_MS))
  if (open.length === 0) return
  const since = new Date(Math.min(...open.map(({ firstOpenedAt }) => firstOpenedAt.getTime())))
  const began = Date.now()
  for (const { draftId, userId, inReplyTo } of open) {
    // Read for the first, known for the others.
    const maxAgeMs = Date.now() - began
    const reply = await findOwnReply(store, network, { inReplyTo, since, maxAgeMs })
    if (!reply) continue
    const { externalId, text } = reply
    const done = await recogniseReply(store, { draftId, userId, externalId, text, check: replies.check })
    if (!done) continue
    repliesTotal.inc({ network: network.name, outcome: 'sent' })
    publishLog.info({ draftId, caseId: done.caseId }, 'a reply that a person posted was found')
  }
}
