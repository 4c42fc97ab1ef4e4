import type { Terminal } from './terminal.ts'

export type Cell = string | number | boolean | null | undefined

export interface Column<Row> {
  readonly title: string
  readonly align?: 'right'
  cell(row: Row): Cell
}

/** Control characters would let a peer's name write on our terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g

const BOLD = '\u001b[1m'
const PLAIN = '\u001b[22m'

function textOf(cell: Cell): string {
  if (cell === null || cell === undefined) return '-'
  return String(cell).replace(CONTROL, '?')
}

/** On a terminal an aligned table with titles; for programs one row a line, cells apart by tabs, without titles. */
export function printTable<Row>(
  terminal: Terminal,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): void {
  const cells = rows.map((row) => columns.map((column) => textOf(column.cell(row))))
  if (!terminal.interactive) {
    for (const row of cells) terminal.print(row.join('\t'))
    return
  }
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...cells.map((row) => row[at]!.length)),
  )
  const line = (texts: readonly string[]) =>
    texts
      .map((text, at) =>
        columns[at]!.align === 'right' ? text.padStart(widths[at]!) : text.padEnd(widths[at]!),
      )
      .join('  ')
      .trimEnd()
  terminal.print(`${BOLD}${line(columns.map(({ title }) => title))}${PLAIN}`)
  for (const row of cells) terminal.print(line(row))
}

/** Facts, one a line; entries that are undefined are left out. */
export function printFacts(terminal: Terminal, facts: Readonly<Record<string, Cell>>): void {
  const known = Object.entries(facts).filter(([, cell]) => cell !== undefined)
  const width = Math.max(...known.map(([name]) => name.length))
  for (const [name, cell] of known)
    terminal.print(
      terminal.interactive ? `${name.padEnd(width)}  ${textOf(cell)}` : `${name}\t${textOf(cell)}`,
    )
}

/** The answer for programs: one JSON value. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.print(JSON.stringify(value, undefined, terminal.interactive ? 2 : undefined))
}
