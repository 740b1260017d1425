import { readFileSync } from 'node:fs'
import { Liquid, LiquidError, type Template } from 'liquidjs'
import type { z } from 'zod'
import { type Fault, parseYaml, TemplateFileError, type YamlFile } from './yaml-file.ts'

/** A Liquid file cut into its YAML front matter and the text below it. */
export interface LiquidFile<T> {
  source: string
  head: YamlFile<T>
  body: string
  /** Line of the file on which `body` starts, 1-based. */
  bodyLine: number
}

/** A Liquid engine that knows no files, no unknown variable and no unknown filter. */
export function strictLiquid(options: { escapeHtml?: boolean } = {}): Liquid {
  return new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    // An in-memory (and empty) shelf: `include` and `render` can not read the disk.
    templates: {},
    parseLimit: 100_000,
    renderLimit: 1_000,
    memoryLimit: 10_000_000,
    ...(options.escapeHtml ? { outputEscape: 'escape' as const } : {}),
  })
}

/**
 * Reads a file that starts with YAML between two `---` lines.
 * @throws TemplateFileError when the front matter is missing or does not pass `schema`
 */
export function readLiquidFile<T>(file: string, schema: z.ZodType<T>): LiquidFile<T> {
  let source: string
  try {
    source = readFileSync(file, 'utf8')
      .replace(/^\uFEFF/, '')
      .replaceAll('\r\n', '\n')
  } catch (error) {
    throw new TemplateFileError([
      { file, line: 1, column: 1, message: `can not be read: ${(error as Error).message}` },
    ])
  }
  const lines = source.split('\n')
  const end = lines.indexOf('---', 1)
  if (lines[0] !== '---' || end < 0) {
    const message = 'has no front matter: the file starts with a line `---`, YAML, and another line `---`'
    throw new TemplateFileError([{ file, line: 1, column: 1, message }])
  }
  const head = parseYaml(file, lines.slice(1, end).join('\n') || '{}', schema, 2)
  return { source, head, body: lines.slice(end + 1).join('\n'), bodyLine: end + 2 }
}

/**
 * Parses one Liquid text and looks up every variable it uses.
 * @param known full names that may be used (`what`, `links.contact`)
 * @param firstLine line of the file on which `text` starts
 * @throws TemplateFileError for a syntax error, an unknown filter or tag, or every unknown variable
 */
export function parseLiquid(
  liquid: Liquid,
  file: string,
  text: string,
  firstLine: number,
  known: ReadonlySet<string>,
): { template: Template[]; used: Set<string> } {
  let template: Template[]
  let globals: ReturnType<Liquid['analyzeSync']>['globals']
  try {
    template = liquid.parse(text)
    globals = liquid.analyzeSync(template).globals
  } catch (error) {
    throw new TemplateFileError([liquidFault(file, error, firstLine)])
  }
  const used = new Set<string>()
  const faults: Fault[] = []
  for (const variable of Object.values(globals).flat()) {
    const name = variable.segments.map(String).join('.')
    used.add(name)
    if (known.has(name)) continue
    faults.push({
      file,
      line: firstLine + variable.location.row - 1,
      column: variable.location.col,
      message: `unknown variable ${name}; known are ${[...known].sort().join(', ')}`,
    })
  }
  if (faults.length > 0) throw new TemplateFileError(faults)
  return { template, used }
}

/** Turns what LiquidJS throws into a fault at its place in the file. */
export function liquidFault(file: string, error: unknown, firstLine: number): Fault {
  if (!LiquidError.is(error)) return { file, line: firstLine, column: 1, message: String(error) }
  const [row = 1, column = 1] = error.token.getPosition()
  const message = error.message.split('\n')[0]?.replace(/, line:\d+, col:\d+$/, '') ?? 'can not be parsed'
  return { file, line: firstLine + row - 1, column, message }
}

/** Runs every step; gathers the faults of those that fail in `faults`, returns the results of the others. */
export function collectFaults<T>(steps: readonly (() => T)[], faults: Fault[]): T[] {
  const results: T[] = []
  for (const step of steps) {
    try {
      results.push(step())
    } catch (error) {
      if (!(error instanceof TemplateFileError)) throw error
      faults.push(...error.faults)
    }
  }
  return results
}
