import type { Server } from 'node:http'
import type { AddressInfo, Server as NetServer } from 'node:net'

/** Listens on loopback; resolves with the port that was taken (0 asks for any free one). */
export function listen(server: NetServer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** Takes the wished-for port if it is free, any other one if it is not. */
export async function listenPreferably(server: NetServer, wished: number | undefined): Promise<number> {
  if (wished) {
    try {
      return await listen(server, wished)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    }
  }
  return listen(server, 0)
}

/** Stops listening and hangs up on everybody, idle keep-alive connections too. */
export function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
