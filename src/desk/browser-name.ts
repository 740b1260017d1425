const BROWSERS: readonly [string, RegExp][] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|Chromium|CriOS)\//],
  ['Safari', /\bSafari\//],
]
const SYSTEMS: readonly [string, RegExp][] = [
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Android', /\bAndroid\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
]

/** 'Firefox · Windows' for people to tell their sessions apart; null where a browser says nothing of use. */
export function browserName(userAgent: string | undefined): string | null {
  const found = [BROWSERS, SYSTEMS].flatMap(
    (kinds) => kinds.find(([, sign]) => sign.test(userAgent ?? ''))?.[0] ?? [],
  )
  return found.length > 0 ? found.join(' · ') : null
}
