import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { blameInBlock, blameInRelay, RULES, type RuleCode } from '../../src/consensus/rules.ts'
import type { Generator } from './generator.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const README = 'src/consensus/README.md'
const BEGIN = '<!-- The table of rules: written by scripts/generate/rules-table.ts (npm run generate). -->'
const END = '<!-- The end of the table of rules. -->'

const COLUMNS = ['code', 'scope', 'rule', 'source', 'in a block', 'in relay']

/** A table in Markdown, its columns as wide as their widest cell. */
function markdownTable(rows: readonly (readonly string[])[]): string {
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const [header, ...others] = rows
  return [line(header!), line(widths.map((width) => '-'.repeat(width))), ...others.map(line)].join('\n')
}

/** Whether a peer can send something that breaks the rule other than in a block, and what follows then. */
function relay(code: RuleCode): string {
  const { scope } = RULES[code]
  // Loose headers are judged as blocks are; a block's rules have no meaning outside of one.
  return scope === 'header' || scope === 'block' ? '–' : blameInRelay(code)
}

function tableOfRules(): string {
  const rows = Object.entries(RULES).map(([code, { scope, sentence, source }]) => [
    `\`${code}\``,
    scope,
    sentence.replaceAll('|', '\\|'),
    source,
    blameInBlock(code as RuleCode),
    relay(code as RuleCode),
  ])
  return markdownTable([COLUMNS, ...rows])
}

/** Every rule of `src/consensus/rules.ts`, for people: a table between two comments of the folder's README. */
export const rulesTable: Generator = {
  name: 'rules-table',
  async outputs() {
    const readme = await readFile(join(ROOT, README), 'utf8')
    const [before, rest, ...more] = readme.split(BEGIN)
    const [table, after, ...others] = (rest ?? '').split(END)
    if (table === undefined || after === undefined || more.length + others.length > 0)
      throw new Error(`${README} has to have the lines "${BEGIN}" and "${END}", each once`)
    return new Map([[README, `${before}${BEGIN}\n\n${tableOfRules()}\n\n${END}${after}`]])
  },
}
