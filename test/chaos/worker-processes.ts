import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

const READY = /Kikimimi is listening/

export interface WorkerProcesses {
  /** Kills one that is up, at random, and starts another in its place. @returns false where none was up */
  kill(): Promise<boolean>
  /** Resolves once all are up. @throws where one ends before */
  ready(): Promise<void>
  close(): Promise<void>
}

/** Starts `count` processes of the product, each with all workers and no desk. */
export function startWorkerProcesses(count: number, env: Record<string, string>): WorkerProcesses {
  const up = new Set<ChildProcess>()
  const starting = new Set<ChildProcess>()
  let closing = false
  let fault: Error | null = null

  function start(): void {
    const child = spawn(process.execPath, ['--max-semi-space-size=2', 'src/main.ts'], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    starting.add(child)
    ready(child)
    // That its database is away for a moment is what happens here: told only where nothing comes up at all.
    let said = ''
    child.stderr?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-2000)
    })
    // One that ends by itself (its database was just away) is started again, as a service manager does.
    child.once('exit', (code, signal) => {
      if (starting.has(child) && code)
        fault = new Error(`a worker process ended with ${code} before it was up:\n${said}`)
      up.delete(child)
      starting.delete(child)
      if (!closing && signal === null) setTimeout(start, 500)
    })
  }

  /** What they log is passed on; what they say at their start tells that they are up. */
  function ready(child: ChildProcess): void {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      if (!starting.has(child)) return void process.stderr.write(chunk)
      text += chunk
      if (!READY.test(text)) return
      starting.delete(child)
      up.add(child)
    })
  }

  for (let n = 0; n < count; n++) start()
  return {
    async kill() {
      const all = [...up]
      const victim = all[Math.floor(Math.random() * all.length)]
      if (!victim) return false
      up.delete(victim)
      const gone = once(victim, 'exit')
      victim.kill('SIGKILL')
      await gone
      start()
      return true
    },
    async ready() {
      while (up.size < count) {
        if (fault) throw fault
        await new Promise((wake) => setTimeout(wake, 50))
      }
    },
    async close() {
      closing = true
      const all = [...up, ...starting]
      await Promise.all(
        all.map(async (child) => {
          const gone = once(child, 'exit')
          child.kill('SIGKILL')
          await gone
        }),
      )
    },
  }
}
