// Keys, and a wall that goes on by itself; without it links do the same.
;(() => {
  document.documentElement.classList.add('script')
  const link = (key) => document.querySelector(`a[data-key="${key}"]`)
  const pause = link('pause')
  const seconds = Number(document.body.dataset.wall)
  let timer = 0

  function go(key) {
    const next = link(key)
    if (next) location.assign(next.href)
  }
  function run() {
    timer = setTimeout(() => go('next'), seconds * 1000)
  }
  function toggle() {
    if (!seconds || !pause) return
    if (timer) {
      clearTimeout(timer)
      timer = 0
    } else run()
    pause.textContent = timer ? pause.dataset.stop : pause.dataset.go
  }
  if (seconds && pause) {
    pause.dataset.stop = pause.textContent
    pause.addEventListener('click', (event) => {
      event.preventDefault()
      toggle()
    })
    // Whoever wants less motion starts it by hand.
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) pause.textContent = pause.dataset.go
    else run()
  }

  const KEYS = { ArrowRight: 'next', j: 'next', ArrowLeft: 'previous', k: 'previous' }
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
    if (event.target.closest('input, textarea, select, button, summary')) return
    if (KEYS[event.key]) go(KEYS[event.key])
    else if (event.key === 'p') toggle()
    else if (event.key === 'f' && !document.fullscreenElement) document.documentElement.requestFullscreen?.()
  })
})()
