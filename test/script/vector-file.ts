import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** One published case: the section that it stands in, and its fields. */
export interface Vector {
  readonly flags: ReadonlySet<string>
  readonly expected: string
  readonly fields: readonly string[]
}

/** What the innermost braces of the text stand for, one text for each possibility. */
function expand(text: string): string[] {
  const braces = /\{([^{}]*)\}/.exec(text)
  if (braces === null) return [text]
  const before = text.slice(0, braces.index)
  const after = text.slice(braces.index + braces[0].length)
  return alternatives(braces[1]!).flatMap((each) => expand(before + each + after))
}

function alternatives(inside: string): string[] {
  const repeated = /^(.*)\*(\d+)$/.exec(inside)
  if (repeated !== null) return [repeated[1]!.repeat(Number(repeated[2]))]
  const range = /^([0-9a-f]{2})\.\.([0-9a-f]{2})$/.exec(inside)
  if (range === null) return inside.split(',')
  const [first, last] = [Number.parseInt(range[1]!, 16), Number.parseInt(range[2]!, 16)]
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i).toString(16).padStart(2, '0'))
}

/** Reads a file of `vectors/`, whose README describes the notation. */
export function readVectors(name: string): Vector[] {
  const path = fileURLToPath(new URL(`./vectors/${name}`, import.meta.url))
  const values = new Map<string, string>()
  const put = (text: string): string =>
    text.replace(/<([A-Z0-9-]+)>/g, (_, key: string) => {
      const value = values.get(key)
      if (value === undefined) throw new Error(`${name}: no value for ${key}`)
      return value
    })
  const vectors: Vector[] = []
  let flags: ReadonlySet<string> = new Set()
  let expected = ''
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const heading = /^==(.*)=>(.*)$/.exec(line)
    const value = /^([A-Z0-9-]+) = (.*)$/.exec(line)
    if (heading !== null) {
      flags = new Set(heading[1]!.trim().split(',').filter(Boolean))
      expected = heading[2]!.trim()
    } else if (value !== null) values.set(value[1]!, expand(put(value[2]!))[0]!)
    else
      for (const each of expand(put(line)))
        vectors.push({ flags, expected, fields: each.split('|').map((field) => field.trim()) })
  }
  return vectors
}
