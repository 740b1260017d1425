// Plays the film as a shop's page would, and reports how it goes (CMCD v2, event mode).
;(() => {
  const video = document.querySelector('video')
  const { sid, source, reports } = video.dataset
  let told = null

  /** hls.js does not know that the tab is in the background; the page does, and adds the key that says so. */
  function report({ url, method, headers, body }) {
    const lines = document.hidden ? body.replace(/(?<=[^\n])$/gm, ',bg') : body
    // Without keepalive the last report would die with the page.
    return fetch(url, { method, headers, body: lines, keepalive: true })
  }

  const player = new Hls({
    maxBufferLength: 8,
    maxMaxBufferLength: 8,
    backBufferLength: 4,
    cmcd: {
      version: 2,
      sessionId: sid,
      contentId: 'sandbox-film',
      // On the requests for the film itself nothing is reported.
      includeKeys: [],
      eventTargets: [
        { url: reports, events: ['ps', 'e', 't', 'bc', 'rr', 'pr', 'ce'], interval: 5, batchSize: 1 },
      ],
      loader: report,
      reporterCallback: (reporter) => {
        told = reporter
      },
    },
  })
  document.addEventListener('visibilitychange', () => told?.recordCustomEvent('visibility'))
  addEventListener('pagehide', () => player.destroy())
  player.loadSource(source)
  player.attachMedia(video)
})()
