import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** One keep-alive connection on which one request follows the other. */
export interface WireConnection {
  /** Sends a whole request as it stands. @returns the status, once the answer is complete */
  ask(words: string): Promise<number>
  close(): void
}

/**
 * As much of an HTTP/1.1 client as a load needs, for less of the machine than `node:http` takes: client and server
 * share its cores, and the server is what is measured. Answers have a length, are chunked, or are empty.
 */
export async function connectTo(port: number): Promise<WireConnection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.setEncoding('latin1')
  await once(socket, 'connect')
  return speak(socket)
}

function speak(socket: Socket): WireConnection {
  let answer = ''
  let waiting: { done(status: number): void; fail(error: Error): void } | null = null

  function end(error: Error): void {
    waiting?.fail(error)
    waiting = null
  }
  socket.on('data', (part: string) => {
    answer += part
    if (!waiting || !isComplete(answer)) return
    const { done } = waiting
    const status = Number(answer.slice(9, 12))
    answer = ''
    waiting = null
    done(status)
  })
  socket.on('error', end)
  socket.on('close', () => end(new Error('the server closed the connection')))
  return {
    ask(words) {
      return new Promise((done, fail) => {
        if (socket.destroyed) return fail(new Error('the connection is closed'))
        waiting = { done, fail }
        socket.write(words)
      })
    },
    close: () => socket.destroy(),
  }
}

function isComplete(answer: string): boolean {
  const head = answer.indexOf('\r\n\r\n')
  if (head === -1) return false
  if (answer.startsWith('204', 9) || answer.startsWith('304', 9)) return true
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer.slice(0, head))
  if (length) return answer.length >= head + 4 + Number(length[1])
  return answer.endsWith('\r\n0\r\n\r\n')
}
