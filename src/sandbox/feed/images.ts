/** Drawings that stand in for customers' photographs. Own work, as SVG, 1200 by 900. */
export const IMAGES: Record<string, { alt: string; svg: string }> = {
  'bent-book.svg': { alt: '', svg: bentBook() },
  'crushed-box.svg': { alt: '', svg: crushedBox() },
  'scorched-plug.svg': { alt: 'A wall socket with a dark scorch mark above it', svg: scorchedPlug() },
}

function picture(content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 900" width="1200" height="900">${content}</svg>`
}

function can(x: number, y: number): string {
  return `<g transform="translate(${x} ${y})"><rect x="0" y="12" width="112" height="168" rx="10" fill="#b8342c"/><rect x="0" y="70" width="112" height="52" fill="#f3e7cf"/><circle cx="56" cy="96" r="20" fill="#c9572f"/><ellipse cx="56" cy="14" rx="56" ry="14" fill="#cfd3d6"/><ellipse cx="56" cy="14" rx="40" ry="9" fill="#aab0b5"/><rect x="0" y="170" width="112" height="12" rx="6" fill="#9aa0a5"/></g>`
}

function bentBook(): string {
  const cans = [130, 285, 440].flatMap((y) =>
    [0, 1, 2, 3, 4, 5, 6, 7].map((column) => can(146 + column * 114, y)),
  )
  const box =
    '<path d="M70 100 L1130 100 L1190 860 L10 860 Z" fill="#b98a55"/><path d="M120 118 L1080 118 L1116 830 L84 830 Z" fill="#8d6538"/>'
  const cover =
    '<path d="M120 690 Q350 600 600 716 Q850 600 1040 668 L1092 700 L1078 796 Q850 700 600 816 Q350 700 112 806 Z" fill="#2f5d73"/>'
  const pages =
    '<path d="M134 660 Q360 560 600 690 Q840 560 1066 660 L1062 748 Q840 660 600 782 Q360 660 138 762 Z" fill="#f7f2e6" stroke="#6b5a41" stroke-width="5"/>'
  const lines = [0, 22, 44]
    .map(
      (y) =>
        `<path d="M190 ${672 + y} Q380 ${600 + y} 556 ${692 + y} M644 ${692 + y} Q820 ${600 + y} 1010 ${672 + y}"/>`,
    )
    .join('')
  const print = `<g stroke="#a69b86" stroke-width="4" fill="none">${lines}</g><path d="M600 690 L600 782" stroke="#6b5a41" stroke-width="6"/>`
  const crease =
    '<path d="M962 716 L1078 796 L1092 690 Z" fill="#3f7691" stroke="#e9e2cf" stroke-width="4"/><path d="M930 690 L1084 802" stroke="#e9e2cf" stroke-width="7"/>'
  return picture(
    `<rect width="1200" height="900" fill="#d9cfc2"/>${box}${cover}${pages}${print}${crease}${cans.join('')}`,
  )
}

function crushedBox(): string {
  return picture(
    '<rect width="1200" height="900" fill="#cdd3d0"/><rect y="640" width="1200" height="260" fill="#9b8f83"/><path d="M240 330 L610 270 L980 360 L930 720 L580 790 L270 690 Z" fill="#c4955b"/><path d="M240 330 L610 270 L980 360 L620 450 Z" fill="#d9ad74"/><path d="M620 450 L580 790" stroke="#7c5a30" stroke-width="6"/><path d="M980 360 L870 470 L955 520 L820 590 L930 720" fill="#8f6737" stroke="#6d4d27" stroke-width="6"/><path d="M300 400 L380 470 L320 540 L410 600" fill="none" stroke="#7c5a30" stroke-width="8"/><path d="M560 285 L660 432 L700 420 L605 276 Z" fill="#e8dfc8"/><path d="M640 560 Q700 620 660 700 Q760 690 800 640" fill="none" stroke="#6d4d27" stroke-width="6"/>',
  )
}

function scorchedPlug(): string {
  return picture(
    '<defs><radialGradient id="s"><stop offset="0" stop-color="#1b1512"/><stop offset="1" stop-color="#1b1512" stop-opacity="0"/></radialGradient></defs><rect width="1200" height="900" fill="#ece5d8"/><ellipse cx="620" cy="330" rx="330" ry="300" fill="url(#s)"/><rect x="430" y="360" width="340" height="340" rx="34" fill="#faf8f3" stroke="#b9b2a5" stroke-width="6"/><rect x="520" y="460" width="34" height="90" rx="8" fill="#3b3631"/><rect x="646" y="460" width="34" height="90" rx="8" fill="#3b3631"/><path d="M470 372 Q600 300 740 372 L740 420 Q600 372 470 420 Z" fill="#4a3b30" opacity="0.75"/><path d="M600 700 Q610 800 760 900" fill="none" stroke="#2f2b28" stroke-width="22"/>',
  )
}
