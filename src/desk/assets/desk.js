// Makes the desk quicker; every page works without it.
;(() => {
  const UNSEEN_MS = 700
  const root = document.documentElement
  root.classList.add('script')

  // Times in the reader's own zone.
  const format = new Intl.DateTimeFormat(root.lang, {
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  })
  for (const time of document.querySelectorAll('time[data-local]')) {
    time.textContent = format.format(new Date(time.dateTime))
  }

  // Clocks go on; src/desk/format.ts says the same for the first sight of the page.
  const words = document.getElementById('clock-words')?.dataset
  function span(ms) {
    const minutes = Math.floor(ms / 60_000)
    if (minutes < 1) return words.underMinute
    if (minutes < 120) return words.minutes.replace('{count}', minutes)
    if (minutes < 2880) return words.hours.replace('{count}', Math.floor(minutes / 60))
    return words.days.replace('{count}', Math.floor(minutes / 1440))
  }
  function tick() {
    for (const clock of document.querySelectorAll('.clock[data-due]')) {
      const due = Date.parse(clock.dataset.due)
      const whole = Math.max(1, due - Date.parse(clock.dataset.since))
      const left = due - Date.now()
      const level = left < 0 ? 'late' : left < whole / 2 ? 'soon' : 'calm'
      const passed = Math.round(Math.min(1, Math.max(0, 1 - left / whole)) * 100)
      clock.className = `clock ${level}`
      clock.querySelector('.passed').setAttribute('stroke-dasharray', `${passed} 100`)
      clock.lastElementChild.textContent = words[left < 0 ? 'over' : 'left'].replace(
        '{span}',
        span(Math.abs(left)),
      )
    }
  }
  if (words) setInterval(tick, 15_000)

  // On a phone the pages stand in one row: the one that is open is to be seen in it.
  document.querySelector('.side nav [aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' })

  // A choice filters at once; the search waits for Enter.
  for (const select of document.querySelectorAll('.filters select')) {
    select.addEventListener('change', () => select.form.requestSubmit())
  }

  const rows = [...document.querySelectorAll('#cases .case')]
  let place = -1
  function choose(step) {
    if (rows.length === 0) return
    place = Math.min(rows.length - 1, Math.max(0, place + step))
    rows[place].querySelector('h2 a').focus()
  }
  for (const [index, row] of rows.entries()) {
    row.addEventListener('focusin', () => {
      place = index
    })
    row.addEventListener('click', (event) => {
      if (!event.target.closest('a, label, input') && String(getSelection()) === '')
        row.querySelector('h2 a').click()
    })
  }

  // Many at once: x ticks the row in hand, one box ticks them all.
  const boxes = [...document.querySelectorAll('#cases .pick input')]
  const all = document.getElementById('pick-all')
  if (all) {
    all.parentElement.hidden = false
    const told = () => {
      const ticked = boxes.filter((box) => box.checked).length
      all.checked = ticked > 0 && ticked === boxes.length
      all.indeterminate = ticked > 0 && ticked < boxes.length
    }
    all.addEventListener('change', () => {
      for (const box of boxes) box.checked = all.checked
    })
    for (const box of boxes) box.addEventListener('change', told)
    addEventListener('pageshow', told)
  }
  // Back from a case, the list goes on where it was left; after an act a page begins at its content, and what came of
  // the act is read out (a live region says only what changes in it).
  const [, caseHere] = /^\/cases\/(\d+)$/.exec(location.pathname) ?? []
  if (caseHere) sessionStorage.setItem('case', caseHere)
  const left = sessionStorage.getItem('case')
  const row = rows.findIndex((each) => each.querySelector(`h2 a[href="/cases/${left}"]`))
  const outcome = document.querySelector('.fault[role=alert], .notice > :is(span, p)')
  const idle = document.activeElement === document.body && location.hash === ''
  if (idle && row >= 0) rows[row].querySelector('h2 a').focus()
  else if (idle && outcome) document.getElementById('main').focus({ preventScroll: true })
  if (outcome) {
    const again = () =>
      outcome.replaceChildren(...[...outcome.childNodes].map((node) => node.cloneNode(true)))
    setTimeout(again, 150)
  }
  const tickRow = () => rows[place]?.querySelector('.pick input')?.click()

  const sheet = document.getElementById('keys')
  const editor = document.getElementById('text')
  const inEditor = () => {
    editor?.focus()
    editor?.setSelectionRange(editor.value.length, editor.value.length)
  }
  const reject = () => {
    const more = document.getElementById('reject')
    if (!more) return
    more.open = true
    more.querySelector('input[name=note]').focus()
  }
  const snooze = () => {
    const more = document.getElementById('snooze')
    if (!more) return
    more.open = true
    more.querySelector('input[type=radio]:checked').focus()
  }
  // Whoever types a date means the date.
  document.querySelector('#snooze input[name=date]')?.addEventListener('input', (event) => {
    event.target.closest('label').querySelector('input[type=radio]').checked = true
  })
  const recode = () => {
    const more = document.getElementById('recode')
    if (!more) return
    more.open = true
    more.querySelector('select').focus()
  }
  // What it is about needs no tick among what it is about besides.
  const chosen = document.querySelector('#recode select[name=code]')
  function hideChosen() {
    for (const box of document.querySelectorAll('#recode input[name=also]')) {
      box.disabled = box.value === chosen.value
      box.parentElement.hidden = box.disabled
    }
  }
  if (chosen) {
    chosen.addEventListener('change', hideChosen)
    // After the browser has put back what was chosen before a reload.
    addEventListener('pageshow', hideChosen)
  }
  // Escape gives the keys back: a form that was unfolded folds again, and what unfolded it has the focus.
  function leaveField(field) {
    const more = field.closest('details.more')
    if (!more) return field.blur()
    more.open = false
    more.querySelector('summary').focus()
  }
  const press = (key) => document.querySelector(`[data-key="${key}"]`)?.click()
  const keys = {
    j: () => (rows.length > 0 ? choose(1) : press('j')),
    k: () => (rows.length > 0 ? choose(-1) : press('k')),
    a: () => press('a'),
    e: inEditor,
    r: reject,
    c: recode,
    s: snooze,
    u: () => press('u'),
    x: tickRow,
    '/': () => document.getElementById('search')?.focus(),
    '?': () => sheet?.showModal(),
  }
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || sheet?.open) return
    const typing = event.target.closest?.('input:not([type=checkbox]), textarea, select')
    if (typing) {
      if (event.key === 'Escape') leaveField(typing)
      return
    }
    const act = keys[event.key]
    if (!act) return
    // A key held down, or pressed twice, must not decide on the next case before it was seen.
    const decides = event.key === 'a' || event.key === 'r'
    if (decides && (event.repeat || performance.now() < UNSEEN_MS)) return
    event.preventDefault()
    act()
  })

  const opensTab = (event) => event.submitter?.formTarget === '_blank'
  // A decision is sent once, however often it is clicked.
  for (const form of document.querySelectorAll('form[method=post]')) {
    form.addEventListener('submit', (event) => {
      if (opensTab(event)) return
      if (form.dataset.sent) event.preventDefault()
      form.dataset.sent = 'yes'
    })
  }
  addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent
  })

  // An approval can be undone for as long as its button says.
  const undo = document.getElementById('undo')
  if (undo) {
    const until = performance.now() + Number(undo.dataset.left)
    const count = () => {
      const left = Math.ceil((until - performance.now()) / 1000)
      if (left > 0) undo.querySelector('.seconds').textContent = left
      else {
        clearInterval(counting)
        if (undo.contains(document.activeElement)) document.getElementById('main').focus()
        undo.remove()
      }
    }
    const counting = setInterval(count, 250)
    count()
  }

  // Who is here, and who writes: a sign of life every 15 seconds, and at the first key.
  const presence = document.getElementById('presence')
  if (presence) {
    const { case: caseId, draft, csrf } = presence.dataset
    const page = crypto.randomUUID?.() ?? String(Math.random()).slice(2)
    const address = `/cases/${caseId}/presence`
    // A draft that was taken over with words already typed: the page is the case's, and so is its address.
    if (location.pathname.endsWith('/lock')) history.replaceState(null, '', `/cases/${caseId}`)
    let wrote = false
    let away = new AbortController()
    addEventListener('pageshow', ({ persisted }) => {
      if (persisted) away = new AbortController()
    })
    const sign = (more) => new URLSearchParams({ csrf, page, ...(draft ? { draft } : {}), ...more })
    async function beat() {
      const writes = editor !== null && !editor.readOnly && editor.value !== editor.defaultValue
      const writing = writes ? 'yes' : wrote ? 'no' : ''
      wrote = writes
      try {
        const headers = { 'hx-request': 'true' }
        const body = sign({ writing })
        const answer = await fetch(address, { method: 'POST', headers, body, signal: away.signal })
        const text = answer.ok ? await answer.text() : null
        // An unfolded question stays while it is read.
        if (text !== null && !presence.querySelector('details[open]')) presence.innerHTML = text
      } catch {
        // Away from the net: the next one says it.
      }
    }
    const obey = () => {
      if (!editor) return
      const locked = presence.querySelector('[data-locked]') !== null
      editor.readOnly = locked
      for (const part of editor.form.elements) if (part.localName === 'button') part.disabled = locked
    }
    new MutationObserver(obey).observe(presence, { childList: true })
    presence.addEventListener('submit', (event) => {
      event.target.elements.script.disabled = false
      if (!editor || editor.value === editor.defaultValue) return
      const { text, version } = event.target.elements
      text.value = editor.value
      // What stands in the editor was typed on the version that this page shows.
      version.value = editor.form.elements.version.value
      version.disabled = false
    })
    editor?.addEventListener('input', () => {
      if (wrote !== (editor.value !== editor.defaultValue)) beat()
    })
    const goOn = () => document.visibilityState === 'visible' && beat()
    beat()
    setInterval(goOn, 15_000)
    document.addEventListener('visibilitychange', goOn)
    addEventListener('pagehide', () => {
      // A sign of life that is still on its way must not come after the farewell.
      away.abort()
      navigator.sendBeacon(address, sign({ leave: 'yes' }))
    })
  }

  // Typed words are not lost by a slip.
  if (editor) {
    const before = editor.value
    let leaving = false
    for (const form of [editor.form, presence]) {
      form?.addEventListener('submit', (event) => {
        leaving = !opensTab(event)
      })
    }
    addEventListener('beforeunload', (event) => {
      if (!leaving && editor.value !== before) event.preventDefault()
    })
  }

  document.querySelector('input.link')?.addEventListener('focus', (event) => event.target.select())
})()
