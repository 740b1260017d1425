import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below the range that systems hand out to outgoing connections, so that none takes it before we listen. */
const LOWEST = 15_000
const HIGHEST = 32_000
const TRIES = 50

/** A port on loopback that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const port = randomInt(LOWEST, HIGHEST)
    if (await isFree(port)) return port
  }
  throw new Error(`no free port between ${LOWEST} and ${HIGHEST} on 127.0.0.1`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer()
    server.once('error', () => done(false))
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)))
  })
}
