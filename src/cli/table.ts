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

/** A cell as it is shown. */
export function cellText(cell: Cell): string {
  if (cell === null || cell === undefined) return '-'
  return String(cell).replace(CONTROL, '?')
}

/** An aligned table, its titles first. */
export function tableLines<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string[] {
  const cells = rows.map((row) => columns.map((column) => cellText(column.cell(row))))
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
  return [line(columns.map(({ title }) => title)), ...cells.map(line)]
}

/** On a terminal an aligned table with titles; for programs one row a line, cells apart by tabs, without titles. */
export function printTable<Row>(
  terminal: Terminal,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): void {
  if (!terminal.interactive) {
    for (const row of rows) terminal.print(columns.map((column) => cellText(column.cell(row))).join('\t'))
    return
  }
  const [titles, ...lines] = tableLines(rows, columns)
  terminal.print(`${BOLD}${titles}${PLAIN}`)
  for (const line of lines) terminal.print(line)
}

/** Facts, one a line; entries that are undefined are left out. */
export function printFacts(terminal: Terminal, facts: Readonly<Record<string, Cell>>): void {
  const known = Object.entries(facts).filter(([, cell]) => cell !== undefined)
  const width = Math.max(...known.map(([name]) => name.length))
  for (const [name, cell] of known)
    terminal.print(
      terminal.interactive ? `${name.padEnd(width)}  ${cellText(cell)}` : `${name}\t${cellText(cell)}`,
    )
}

/** The answer for programs: one JSON value. */
export function printJson(terminal: Terminal, value: unknown): void {
  terminal.print(JSON.stringify(value, undefined, terminal.interactive ? 2 : undefined))
}
