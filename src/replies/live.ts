import { join } from 'node:path'
import { fingerprintOf } from '../fingerprint.ts'
import { log } from '../log.ts'
import { type Fault, formatFault, TemplateFileError } from '../yaml-file.ts'
import { loadReplies, type Replies, type RepliesOptions } from './replies.ts'

/** A look is one `stat` a file. */
const EVERY_MS = 5_000
const READ = ['brand.yaml', 'policy.yaml', 'prices.yaml', 'tone.yaml', 'replies']

/** What replies are made from, as the files last were without a fault. */
export interface LiveReplies extends Replies {
  /** What is wrong with the files now: while there is something, the last good ones go on. */
  faults(): readonly Fault[]
  stop(): void
}

/**
 * Loads the templates, and again whenever one of them changes, without a restart: as a whole or not at all.
 * @throws TemplateFileError where the files have a fault at the start
 */
export function watchReplies(dir: string, options: RepliesOptions & { everyMs?: number } = {}): LiveReplies {
  const paths = READ.map((name) => join(dir, name))
  let seen = fingerprintOf(paths)
  let current = loadReplies(dir, options)
  let faults: readonly Fault[] = []

  function look(): void {
    const now = fingerprintOf(paths)
    if (now === seen) return
    seen = now
    try {
      current = loadReplies(dir, options)
      faults = []
      log.info('changed templates are live')
    } catch (error) {
      if (!(error instanceof TemplateFileError)) throw error
      faults = error.faults
      log.error(
        { faults: faults.map(formatFault) },
        'the templates have faults: the last good ones stay live',
      )
    }
  }
  const timer = setInterval(() => {
    try {
      look()
    } catch (error) {
      log.error({ err: error }, 'the templates could not be looked at')
    }
  }, options.everyMs ?? EVERY_MS).unref()

  return {
    get brand() {
      return current.brand
    },
    get policy() {
      return current.policy
    },
    get prices() {
      return current.prices
    },
    get tone() {
      return current.tone
    },
    get codes() {
      return current.codes
    },
    draft: (input) => current.draft(input),
    sign: (text, signer, locale) => current.sign(text, signer, locale),
    others: (input, codes) => current.others(input, codes),
    twin: (input, template, locale) => current.twin(input, template, locale),
    ownLinkIn: (text) => current.ownLinkIn(text),
    check: (text, context) => current.check(text, context),
    decidePublication: (input) => current.decidePublication(input),
    faults: () => faults,
    stop: () => clearInterval(timer),
  }
}
