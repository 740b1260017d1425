const SPANS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400]

/** The same for seconds: steps that clocks have. */
export function spanScaleOf(highest: number): { max: number; step: number } {
  const most = Math.max(highest, 3)
  const step = SPANS_S.find((span) => span * 3 >= most) ?? Math.ceil(most / 3 / 86_400) * 86_400
  return { max: step * Math.ceil(most / step), step }
}

/** Round steps from 0 to above the highest value: 0, 2, 4, 6 for 5; 0, 0.05, 0.1 for 0.09. */
export function scaleOf(highest: number, whole: boolean): { max: number; step: number } {
  const most = highest > 0 ? highest : 1
  const rough = most / 3
  const power = 10 ** Math.floor(Math.log10(rough))
  const found = [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10
  const step = whole ? Math.max(1, Math.ceil(found * power)) : found * power
  return { max: step * Math.ceil((most / step) * 0.999), step }
}

/** About how wide a text of 11 px is. */
export function widthOf(text: string): number {
  return [...text].reduce((sum, sign) => sum + (/[\u2e80-\uffef]/.test(sign) ? 11 : 6.2), 0)
}
