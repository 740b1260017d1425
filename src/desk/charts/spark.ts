import { createRecent } from '../../recent.ts'
import { render } from './engine.ts'
import { plainSvg } from './plain-svg.ts'

const WIDTH = 132
const HEIGHT = 28
const drawn = createRecent<string>(128)

/**
 * A chart as high as a line of text, for a table's cell: only how it went, without figures.
 * @param label what it says, in words
 * @returns null where nothing was seen
 */
export function sparkOf(values: readonly (number | null)[], label: string): string | null {
  if (values.every((value) => value === null)) return null
  const key = JSON.stringify([values, label])
  const known = drawn.get(key)
  if (known !== undefined) return known
  const none = { show: false }
  const svg = plainSvg(
    render(
      {
        grid: { left: 1, right: 1, top: 2, bottom: 1 },
        xAxis: { type: 'category', data: values.map((_, i) => i), ...none },
        yAxis: { type: 'value', min: 0, max: Math.max(1, ...values.map((value) => value ?? 0)), ...none },
        series: [
          {
            type: 'bar',
            silent: true,
            data: values,
            barCategoryGap: '15%',
            itemStyle: { color: 'var(--c1)' },
          },
        ],
      },
      WIDTH,
      HEIGHT,
    ),
    label,
    `<path d="M1 ${HEIGHT - 0.5}H${WIDTH - 1}" fill="none" stroke="var(--line)"/>`,
  )
  drawn.set(key, svg)
  return svg
}
