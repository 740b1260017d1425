import { existsSync, readFileSync } from 'node:fs'
import { createTransport } from 'nodemailer'
import { describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { freshDir, sandbox } from './support.ts'

const MAIL = {
  from: 'Hinata <care@hinata.example>',
  to: 'laura.whitfield@example.com',
  subject: '「カサブランカ」の再生について',
  text: 'お詫びいたします。<b>',
  html: '<p>お詫びいたします。</p>',
  messageId: '<refund-1@hinata.example>',
  headers: { 'Auto-Submitted': 'auto-generated' },
}

describe('the mail inbox of the sandbox', () => {
  it('keeps a mail as it came, readable in Japanese', async () => {
    const box = await sandbox()
    await send(box)
    const [mail] = await box.smtp.messages()
    expect(mail).toMatchObject({
      messageId: '<refund-1@hinata.example>',
      from: 'care@hinata.example',
      to: ['laura.whitfield@example.com'],
      subject: '「カサブランカ」の再生について',
    })
    expect(mail?.text).toContain('お詫びいたします。')
    expect(mail?.html).toContain('<p>お詫びいたします。</p>')
    expect(mail?.headers).toContainEqual({ name: 'auto-submitted', value: 'auto-generated' })
    expect(existsSync(mail?.file ?? '')).toBe(true)
    expect(readFileSync(mail?.file ?? '', 'utf8')).toContain('Message-ID: <refund-1@hinata.example>')
  })

  it('shows the same Message-ID twice as two mails, also after a restart', async () => {
    const dir = freshDir()
    const before = await startSandbox({ dir })
    await send(before)
    await send(before)
    await before.close()
    const after = await sandbox({ dir })
    expect((await after.smtp.messages()).map((mail) => mail.messageId)).toEqual([
      MAIL.messageId,
      MAIL.messageId,
    ])
  })

  it('takes a mail with a login too, refuses when told to, and can lose its own answer', async () => {
    const box = await sandbox()
    await send(box, { auth: { user: 'hinata', pass: 'secret' } })
    box.smtp.refuse(1)
    await expect(send(box)).rejects.toMatchObject({ responseCode: 451 })
    expect(await box.smtp.messages()).toHaveLength(1)
    box.smtp.dropAfter(1)
    await expect(send(box)).rejects.toThrow()
    expect(await box.smtp.messages()).toHaveLength(2)
  })
})

describe('the pages of the sandbox', () => {
  it('say that they are a sandbox, and show what happened, escaped', async () => {
    const box = await sandbox()
    const id = box.x.control.post({ author: 'eve', text: '@hinata_shop <script>alert(1)</script>' })
    box.x.control.post({ author: 'hinata_shop', text: 'Sorry & thanks', inReplyTo: id })
    await send(box)
    for (const path of ['/', '/x', '/inbox', '/payments', '/shop']) {
      const { status, text } = await page(box, path)
      expect(status).toBe(200)
      expect(text).toContain('Sandbox: no real people')
      expect(text).not.toContain('<script')
      expect(text).not.toContain('<b>')
    }
    const x = (await page(box, '/x')).text
    expect(x).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(x.indexOf('Sorry &amp; thanks')).toBeGreaterThan(x.indexOf('&lt;script'))
    expect((await page(box, '/inbox')).text).toContain('「カサブランカ」の再生について')
    expect((await page(box, '/nothing')).status).toBe(404)
  })

  it('have JSON twins', async () => {
    const box = await sandbox()
    box.x.control.post({ author: 'a', text: '@hinata_shop hi' })
    await send(box)
    const json = async (path: string) => JSON.parse((await page(box, path)).text)
    expect((await json('/x.json')).posts).toMatchObject([
      { displayText: '@hinata_shop hi', author: { username: 'a' } },
    ])
    expect((await json('/inbox.json')).messages).toMatchObject([{ messageId: MAIL.messageId }])
    expect(await json('/payments.json')).toEqual({ refunds: [] })
  })

  it('let a person answer by hand somebody who did not summon us', async () => {
    const box = await sandbox()
    const id = box.x.control.post({ author: 'nagare', text: 'ひなたの箱…' })
    const composer = await page(
      box,
      `/intent/post?in_reply_to=${id}&text=${encodeURIComponent('申し訳ございません。"')}`,
    )
    expect(composer.text).toContain('申し訳ございません。&quot;</textarea>')
    const form = new URLSearchParams({ in_reply_to: id, text: '申し訳ございません。' })
    const response = await fetch(`${box.web.origin}/intent/post`, {
      method: 'POST',
      body: form,
      redirect: 'manual',
    })
    expect(response.status).toBe(303)
    expect(box.x.control.timeline()).toMatchObject([
      { inReplyTo: id, viaApi: false, displayText: '申し訳ございません。' },
    ])
  })
})

async function send(box: Sandbox, options: object = {}): Promise<void> {
  const transport = createTransport({ host: box.smtp.host, port: box.smtp.port, secure: false, ...options })
  try {
    await transport.sendMail(MAIL)
  } finally {
    transport.close()
  }
}

async function page(box: Sandbox, path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(box.web.origin + path)
  return { status: response.status, text: await response.text() }
}
