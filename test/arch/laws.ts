import { builtinModules } from 'node:module'
import { posix } from 'node:path'
import {
  CHANCE_IMPORTS,
  CLOSED,
  FLOORS,
  IMPURE_GLOBALS,
  IMPURE_MEMBERS,
  LAST_PURE_FLOOR,
  LIBP2P_PACKAGE,
  LIBP2P_ROOMS,
  LONG_FILES,
  MAX_LINES,
  NEIGHBOURS,
  PACKAGES,
  SYNCHRONOUS,
} from './house.ts'
import type { Import, SourceFile } from './source-file.ts'

/** `src/consensus` of `src/consensus/rules.ts`, `protocols` of all that is in it. */
export function roomOf(path: string): string {
  const [first, second] = path.split('/')
  return first === 'src' ? `src/${second}` : first!
}

const BUILT_IN: ReadonlySet<string> = new Set(builtinModules)
const isBuiltIn = (specifier: string): boolean => specifier.startsWith('node:') || BUILT_IN.has(specifier)

/** `@scure/bip39` of `@scure/bip39/wordlists/english.js`. */
export const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')

/** The file that an import means, from the root; undefined where it is none of ours. */
export function targetOf(importer: string, specifier: string): string | undefined {
  if (specifier === '#platform') return 'src/platform/node/index.ts'
  if (!specifier.startsWith('.')) return undefined
  return posix.normalize(posix.join(posix.dirname(importer), specifier))
}

/** Generated code obeys the floors, and no rule of style. */
export const isGenerated = (path: string): boolean => path.includes('/gen/')

function whyNot(from: string, target: string): string | undefined {
  const to = roomOf(target)
  const [own, other] = [FLOORS[from], FLOORS[to]]
  if (own === undefined) return undefined
  // its version, for people
  if (target === 'package.json' && own > LAST_PURE_FLOOR) return undefined
  if (other === undefined) return `imports ${to}, which is no room of the house`
  const neighbours = NEIGHBOURS[from] ?? []
  if (from === to || neighbours.includes(to) || neighbours.includes(target)) return undefined
  if (other > own) return `is on floor ${own} and imports ${to} on floor ${other}`
  if (other === own) return `imports ${to}, its neighbour on floor ${own}`
  if (CLOSED[from]?.includes(to)) return `imports ${to}: it goes through src/ports`
  return undefined
}

function packageLaw(room: string, floor: number, { specifier, names }: Import): string | undefined {
  const name = packageOf(specifier)
  if (LIBP2P_PACKAGE.test(name))
    return LIBP2P_ROOMS.includes(room)
      ? undefined
      : `imports ${name}: libp2p stays in ${LIBP2P_ROOMS.join(', ')}`
  if (floor > LAST_PURE_FLOOR) return undefined
  if (isBuiltIn(specifier)) return `imports ${specifier}: Node belongs to src/platform and above`
  const chance = names.find((each) => CHANCE_IMPORTS.has(each))
  if (chance !== undefined) return `imports ${chance}: chance is an argument (src/ports/random.ts)`
  if (!PACKAGES[room]?.includes(name))
    return `imports ${name}: test/arch/house.ts lists the packages that run everywhere for each room`
  return undefined
}

function* importLaws(file: SourceFile): Iterable<[line: number, why: string]> {
  const room = roomOf(file.path)
  const floor = FLOORS[room]!
  for (const each of file.imports) {
    const target = targetOf(file.path, each.specifier)
    if (target !== undefined) {
      const why = whyNot(room, target)
      if (why !== undefined) yield [each.line, why]
      if (!/\.(?:ts|js|json)$/.test(target))
        yield [each.line, `imports ${each.specifier} without its extension`]
    } else {
      const why = packageLaw(room, floor, each)
      if (why !== undefined) yield [each.line, why]
    }
  }
  if (floor <= LAST_PURE_FLOOR)
    for (const line of file.computedImports) yield [line, 'imports something that it computes at run time']
}

function* purityLaws(file: SourceFile): Iterable<[line: number, why: string]> {
  const room = roomOf(file.path)
  if (FLOORS[room]! <= LAST_PURE_FLOOR) {
    const impure = [
      ...file.globals.filter(({ name }) => IMPURE_GLOBALS.has(name)),
      ...file.members.filter(({ name }) => IMPURE_MEMBERS.has(name)),
    ]
    for (const { name, line } of impure)
      yield [line, `uses ${name}: time, chance and the outside world are arguments below src/platform`]
  }
  if (SYNCHRONOUS.includes(room)) {
    for (const line of file.asynchronous) yield [line, `is asynchronous: ${room} computes without waiting`]
    for (const { name, line } of file.globals)
      if (name === 'Promise') yield [line, `uses Promise: ${room} computes without waiting`]
  }
}

function* styleLaws(file: SourceFile): Iterable<[line: number, why: string]> {
  const name = posix.basename(file.path)
  const room = roomOf(file.path)
  if (name === 'index.ts' && room !== 'src/platform')
    yield [1, 'is an index.ts: only src/platform has an entrance, elsewhere import the file itself']
  if (file.barrel && name !== 'index.ts') yield [1, 'is a barrel: it only hands on what other files export']
  if (/(?:^|[-.])utils?[-.]/.test(name)) yield [1, 'is named utils: name the noun that it is about']
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.d)?\.ts$/.test(name)) yield [1, 'is not named in kebab-case']
  if (file.lines > MAX_LINES && LONG_FILES[file.path] === undefined)
    yield [
      MAX_LINES,
      `has ${file.lines} lines, more than ${MAX_LINES}: split it, or list it with its reason in test/arch/house.ts`,
    ]
}

/** Every law that the files break, one line each: `<path>:<line> <why>`. */
export function brokenLaws(files: Iterable<SourceFile>): string[] {
  const broken: string[] = []
  for (const file of files) {
    if (FLOORS[roomOf(file.path)] === undefined) {
      broken.push(`${file.path}:1 is in ${roomOf(file.path)}, which is no room of the house`)
      continue
    }
    const laws = [...importLaws(file)]
    if (!isGenerated(file.path)) laws.push(...purityLaws(file), ...styleLaws(file))
    for (const [line, why] of laws.sort(([a], [b]) => a - b)) broken.push(`${file.path}:${line} ${why}`)
  }
  return broken
}
