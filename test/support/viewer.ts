import type { Browser, BrowserContext, Page } from 'playwright-core'

/** What the video element itself went through, told apart from what its player reports. */
export interface Truth {
  playedMs: number
  /** Times it had nothing to show while it played, the customer's own seeks left out. */
  waits: number
  /** Time the position stood still in these and in seeks. */
  waitedMs: number
}

/** A customer in a browser of their own, on the watch page of the sandbox's film. */
export interface Viewer {
  context: BrowserContext
  page: Page
  sid: string
  /** The reports that the player sent, in the order of sending. */
  reports: string[]
  /** Problems of the page. */
  faults: string[]
  truth(): Promise<Truth>
  play(): Promise<void>
  pause(): Promise<void>
  /** @param seconds position in the film */
  seek(seconds: number): Promise<void>
  /** Another tab in front of this one, or no longer. */
  hide(hidden: boolean): Promise<void>
  /** Until the video shows the film, playing. */
  untilPlaying(): Promise<void>
  untilPlayedMs(ms: number): Promise<void>
  untilWaitedMs(ms: number): Promise<void>
  untilEnded(): Promise<void>
}

export async function openViewer(
  browser: Browser,
  url: string,
  prepare: (page: Page) => Promise<unknown> = async () => {},
): Promise<Viewer> {
  const context = await browser.newContext({ viewport: { width: 640, height: 480 } })
  const page = await context.newPage()
  const reports: string[] = []
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('request', (request) => {
    if (!new URL(request.url()).pathname.endsWith('/v1/cmcd')) return
    reports.push(...(request.postData() ?? '').split('\n').filter((line) => line !== ''))
  })
  await page.addInitScript(observe)
  await prepare(page)
  await page.goto(url)
  const video = page.locator('video')
  const truth = () => page.evaluate(() => (globalThis as unknown as { truth: Truth }).truth)

  async function until(what: string, look: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
    const end = Date.now() + timeoutMs
    while (!(await look())) {
      if (Date.now() > end) {
        throw new Error(`${what}: not within ${timeoutMs} ms. Last reports:\n${reports.slice(-8).join('\n')}`)
      }
      await page.waitForTimeout(100)
    }
  }

  return {
    context,
    page,
    sid: (await video.getAttribute('data-sid')) ?? '',
    reports,
    faults,
    truth,
    play: () => video.evaluate((element) => (element as unknown as Video).play()),
    pause: () => video.evaluate((element) => (element as unknown as Video).pause()),
    seek: (seconds) =>
      video.evaluate((element, to) => {
        ;(element as unknown as Video).currentTime = to
      }, seconds),
    hide: (hidden) =>
      // Headless Chromium calls every tab visible; so a script says what a real one would.
      page.evaluate((now) => {
        const document = (globalThis as unknown as { document: EventTarget }).document
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => now })
        document.dispatchEvent(new Event('visibilitychange'))
      }, hidden),
    untilPlaying: () =>
      until('the film plays', () =>
        video.evaluate((element) => {
          const { paused, seeking, readyState } = element as unknown as Video
          return !paused && !seeking && readyState >= 3
        }),
      ),
    untilPlayedMs: (ms) => until(`${ms} ms are played`, async () => (await truth()).playedMs > ms),
    untilWaitedMs: (ms) => until(`${ms} ms are waited`, async () => (await truth()).waitedMs > ms),
    untilEnded: () =>
      until('the film is at its end', () => video.evaluate((element) => (element as unknown as Video).ended)),
  }
}

/** As much of HTMLVideoElement as is used here: tests are checked without the browser's types. */
interface Video extends EventTarget {
  paused: boolean
  seeking: boolean
  ended: boolean
  readyState: number
  currentTime: number
  play(): Promise<void>
  pause(): void
}

/** Runs in the page: samples where the video stands, without asking the player. */
function observe(): void {
  const truth = { playedMs: 0, waits: 0, waitedMs: 0 }
  Object.assign(globalThis, { truth })
  const document = (globalThis as unknown as { document: { querySelector(name: string): Video | null } })
    .document
  let video: Video | null = null
  let [position, at, started] = [0, performance.now(), false]
  setInterval(() => {
    const now = performance.now()
    const found = document.querySelector('video')
    if (found && !video) {
      found.addEventListener('waiting', () => {
        if (started && !found.seeking) truth.waits += 1
      })
      found.addEventListener('seeked', () => {
        position = found.currentTime
      })
    }
    video = found
    if (!video) return
    const moved = (video.currentTime - position) * 1000
    const elapsed = now - at
    if (moved > 0 && moved < elapsed * 1.5 + 50 && !video.seeking) {
      truth.playedMs += moved
      started = true
    } else if (started && !video.paused && moved === 0) truth.waitedMs += elapsed
    position = video.currentTime
    at = now
  }, 50)
}
