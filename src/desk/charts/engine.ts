import { createRequire } from 'node:module'
import type { EChartsCoreOption } from 'echarts/core'

/**
 * Draws with ECharts, without a browser. It is loaded at the first chart, and as its one bundled file of lines, bars
 * and their marks: 14 MB resident, where the modules of `echarts/core` and `echarts/charts` one by one are 94 MB.
 * @returns an SVG document that leans on inline styles; `plainSvg` makes it fit into a page of ours
 */
export function render(option: EChartsCoreOption, width: number, height: number): string {
  echarts ??= createRequire(import.meta.url)(
    'echarts/dist/echarts.common.min',
  ) as typeof import('echarts/core')
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height })
  try {
    chart.setOption({ animation: false, ...option })
    return chart.renderToSVGString({ useViewBox: true })
  } finally {
    chart.dispose()
  }
}

let echarts: typeof import('echarts/core') | undefined
