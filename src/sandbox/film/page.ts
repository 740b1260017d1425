import { html } from '../web/html.ts'
import type { Viewing } from './register.ts'

/** The shop's page on which a customer watches; what the player needs stands in attributes of the video. */
export function watchPage(viewing: Viewing, speed: string): string {
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${viewing.title} · sandbox</title>
<link rel="icon" href="data:,">
<script src="/hls.js" defer></script>
<script src="/watch.js" defer></script>
</head>
<body>
<p>Sandbox: no real people, films or money</p>
<h1>${viewing.title}</h1>
<video controls playsinline width="480" height="270" data-sid="${viewing.sid}" data-source="/stream/${viewing.sid}/master.m3u8" data-reports="${viewing.reportUrl}"></video>
<p>The line: ${speed}. Leaving the page is all it takes to end; each load is a session of its own.</p>
</body>
</html>
`
  return page.source
}
