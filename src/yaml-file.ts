import { readFileSync } from 'node:fs'
import { type Document, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'

/** One fault in a file that a person wrote: where it is, what is wrong, what would be right. */
export interface Fault {
  file: string
  /** 1-based. */
  line: number
  /** 1-based. */
  column: number
  message: string
}

/** A file that a person wrote can not be used. `message` has one `file:line:column: …` line a fault. */
export class TemplateFileError extends Error {
  override name = 'TemplateFileError'
  faults: Fault[]
  constructor(faults: Fault[]) {
    super(faults.map(formatFault).join('\n'))
    this.faults = faults
  }
}

/** Formats a fault the way compilers do, so that editors can jump to it. */
export function formatFault(fault: Fault): string {
  return `${fault.file}:${fault.line}:${fault.column}: ${fault.message}`
}

/** A YAML text that passed its schema, with the way back from a value to its place in the file. */
export interface YamlFile<T> {
  value: T
  /** Place of the value at `path` (or of its nearest parent that exists), 1-based. */
  at(path: readonly PropertyKey[]): { line: number; column: number }
}

/**
 * Parses YAML and validates it against a zod schema.
 * @param file name used in error messages (relative to where the person stands)
 * @param firstLine line of `source`'s first line in the file, for YAML that starts further down
 * @throws TemplateFileError with every fault at once
 */
export function parseYaml<T>(file: string, source: string, schema: z.ZodType<T>, firstLine = 1): YamlFile<T> {
  const lineCounter = new LineCounter()
  const document = parseDocument(source, { lineCounter, prettyErrors: false })
  const place = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset)
    return { line: Math.max(line, 1) + firstLine - 1, column: Math.max(col, 1) }
  }
  if (document.errors.length > 0) {
    throw new TemplateFileError(
      document.errors.map((error) => ({ file, ...place(error.pos[0]), message: error.message })),
    )
  }
  const at = (path: readonly PropertyKey[]) => {
    for (let depth = path.length; depth >= 0; depth--) {
      const node = document.getIn(path.slice(0, depth) as (string | number)[], true) as
        | { range?: [number, number, number] | null }
        | undefined
      if (node?.range) return place(node.range[0])
    }
    return { line: firstLine, column: 1 }
  }
  const parsed = schema.safeParse(toPlain(file, document, place(0)))
  if (!parsed.success) {
    throw new TemplateFileError(
      parsed.error.issues.map((issue) => ({
        file,
        ...at(issue.path),
        message: `${issue.path.map(String).join('.') || 'the file'}: ${issue.message}`,
      })),
    )
  }
  return { value: parsed.data, at }
}

/** Aliases of aliases grow without end; the library stops them. */
function toPlain(file: string, document: Document, top: { line: number; column: number }): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw new TemplateFileError([{ file, ...top, message: `can not be read: ${(error as Error).message}` }])
  }
}

/** Reads and validates a YAML file; a missing file is a fault like any other. */
export function readYamlFile<T>(file: string, schema: z.ZodType<T>): YamlFile<T> {
  let source: string
  try {
    source = readFileSync(file, 'utf8')
  } catch (error) {
    throw new TemplateFileError([
      { file, line: 1, column: 1, message: `can not be read: ${(error as Error).message}` },
    ])
  }
  return parseYaml(file, source, schema)
}
