import { type Html, html } from './html.ts'

const PAGES = [
  ['/', 'Sandbox'],
  ['/x', 'X'],
  ['/inbox', 'Inbox'],
  ['/payments', 'Payments'],
  ['/shop', 'Shop'],
] as const

/** The frame around every page; it says on each that none of this is real. */
export function layout(title: string, path: string, content: Html, refreshS?: number): string {
  const page = html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refreshS !== undefined && html`<meta http-equiv="refresh" content="${refreshS}">`}
<title>${title} · sandbox</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header>
<p class="badge">Sandbox: no real people, posts, mails or money</p>
<nav>${PAGES.map(([href, name]) => html`<a href="${href}"${href === path && html` aria-current="page"`}>${name}</a>`)}</nav>
</header>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`
  return page.source
}

export const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #b5532a; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.6 system-ui, "Hiragino Sans", "Noto Sans JP", "Yu Gothic UI", sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; padding: .6rem 1rem; border-bottom: 1px solid var(--line); }
.badge { margin: 0; padding: .1rem .7rem; border-radius: 1rem; background: var(--accent); color: #fff; font-size: .85rem; }
nav { display: flex; flex-wrap: wrap; gap: 1rem; }
nav a[aria-current] { font-weight: 700; text-decoration: none; color: inherit; }
main { max-width: 46rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; }
article { border: 1px solid var(--line); border-radius: .6rem; padding: .7rem 1rem; margin: 0 0 .8rem; }
article article { margin: .6rem 0 0 .6rem; border-width: 0 0 0 3px; border-radius: 0; padding: .2rem 0 .2rem .8rem; }
article.ours { border-color: var(--accent); background: var(--soft); }
article.gone { opacity: .6; }
.meta { font-size: .85rem; opacity: .75; margin: 0; overflow-wrap: anywhere; }
.text { margin: .2rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.quote { border: 1px solid var(--line); border-radius: .5rem; padding: .3rem .7rem; margin: .4rem 0; font-size: .9rem; }
img { max-width: min(100%, 22rem); height: auto; border-radius: .5rem; border: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .35rem .5rem; border-bottom: 1px solid var(--line); vertical-align: top; }
.scroll { overflow-x: auto; }
.number { text-align: right; white-space: nowrap; }
textarea { width: 100%; min-height: 8rem; font: inherit; }
button { font: inherit; padding: .4rem 1.2rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .4rem 0; font: inherit; }
`
