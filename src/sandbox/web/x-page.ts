import type { PostView, XControl } from '../x/control.ts'
import { type Html, html } from './html.ts'
import { layout } from './layout.ts'

const SHOWN_THREADS = 200

/** The brand's X as people see it: conversations, newest first, our answers under what they answer. */
export function xPage(control: XControl, username: string): string {
  const posts = control.posts().filter((post) => post.editHistory.at(-1) === post.id)
  const byId = new Map(control.posts().map((post) => [post.id, post]))
  const replies = new Map<string, PostView[]>()
  for (const post of posts)
    if (post.inReplyTo) replies.set(post.inReplyTo, [...(replies.get(post.inReplyTo) ?? []), post])
  const roots = posts.filter((post) => !post.inReplyTo || !byId.has(post.inReplyTo)).reverse()

  const card = (post: PostView): Html => {
    const ours = post.author.username === username
    const answers = post.editHistory.flatMap((id) => replies.get(id) ?? [])
    return html`<article id="post-${post.id}" class="${ours ? 'ours' : ''}${post.deleted ? ' gone' : ''}">
<p class="meta"><strong>${post.author.name}</strong> @${post.author.username} · ${clock(post.createdAt)}${
      post.editHistory.length > 1 && ' · edited'
    }${post.madeWithAi && ' · made with AI'}${post.repostOf && ' · repost'}</p>
${
  post.deleted
    ? html`<p class="text"><em>This post was deleted.</em></p>`
    : html`<p class="text" lang="${post.lang}">${readable(post, byId)}</p>${pictures(post)}${quoteOf(post, byId)}`
}
${!ours && !post.deleted && html`<p class="meta"><a href="/intent/post?in_reply_to=${post.id}">reply by hand as @${username}</a></p>`}
${answers.map(card)}
</article>`
  }
  return layout(
    `@${username} on X`,
    '/x',
    html`<p>${posts.length} posts, ${control.timeline().length} by @${username}. <a href="/x.json">JSON</a></p>
${roots.slice(0, SHOWN_THREADS).map(card)}`,
    5,
  )
}

function readable(post: PostView, byId: Map<string, PostView>): (Html | string)[] {
  const original = byId.get(post.repostOf ?? '')
  const text = original ? `@${original.author.username}: ${original.displayText}` : post.displayText
  return text
    .split(/(https?:\/\/[\w./?&=#%~:-]+)/)
    .map((part, i) => (i % 2 ? html`<a href="${part}">${part}</a>` : part))
}

function pictures(post: PostView): Html[] {
  return post.media.map(
    (media) =>
      html`<img src="${/^https?:/.test(media.file) ? media.file : `/media/${media.file}`}" alt="${media.alt || 'photo without description'}" loading="lazy">`,
  )
}

function quoteOf(post: PostView, byId: Map<string, PostView>): Html | undefined {
  const quoted = byId.get(post.quoted ?? '')
  return (
    quoted &&
    html`<div class="quote">@${quoted.author.username}: ${quoted.deleted ? 'This post was deleted.' : quoted.displayText}</div>`
  )
}

/** X's own composer, opened on a post: for answers that a person sends by hand. */
export function composerPage(control: XControl, username: string, inReplyTo: string, text: string): string {
  const target = control.posts().find((post) => post.id === inReplyTo)
  return layout(
    `Post as @${username}`,
    '/intent/post',
    html`${
      inReplyTo &&
      (target && !target.deleted
        ? html`<article><p class="meta">Replying to @${target.author.username}</p><p class="text" lang="${target.lang}">${target.displayText}</p>${pictures(target)}</article>`
        : html`<p>The post ${inReplyTo} does not exist, or was deleted.</p>`)
    }
<form method="post" action="/intent/post">
<input type="hidden" name="in_reply_to" value="${inReplyTo}">
<p><label>Text<br><textarea name="text" required>${text}</textarea></label></p>
<p><button type="submit">Post</button></p>
</form>`,
  )
}

export function clock(iso: string): Html {
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC</time>`
}
