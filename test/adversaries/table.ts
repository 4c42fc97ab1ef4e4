import { expect, it } from 'vitest'
import { ADVERSARIES } from './adversaries.ts'
import { measure, outcomeOf } from './measure.ts'
import { startVictim } from './victim.ts'

const only = process.env.ADVERSARY?.split(',')
const chosen = ADVERSARIES.filter(({ name }) => only?.some((part) => name.includes(part)) ?? true)

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(bytes < 9_950_000 ? 1 : 0)
const seconds = (ms: number): string => (ms / 1_000).toFixed(ms < 9_950 ? 2 : 1)
const row = (...cells: readonly (string | number)[]): void =>
  void process.stdout.write(`| ${cells.join(' | ')} |\n`)

it('prints what each adversary does alone, one after the other', { timeout: 1_800_000 }, async () => {
  const victim = await startVictim(chosen.length + 2)
  await victim.trade()
  const wrong: string[] = []
  row('adversary', 'what it does', 'outcome', 'after s', 'held MB', 'peak MB', 'sockets', 'trade s')
  row(...Array<string>(8).fill('---'))
  for (const adversary of chosen) {
    const from = [victim.node.log.length, victim.honest.log.length] as const
    const { result, ...figures } = await measure(victim, (over) => outcomeOf(adversary, victim, over))
    row(
      ...[adversary.name, adversary.does, result === adversary.expected ? result : `**${result}**`],
      ...[seconds(figures.tookMs), megabytes(figures.heldBytes), megabytes(figures.peakBytes)],
      ...[figures.sockets.join(', then '), seconds(figures.tradeMs)],
    )
    if (result !== adversary.expected) wrong.push(adversary.name)
    else if (process.env.VERBOSE === undefined) continue
    for (const [i, node] of [victim.node, victim.honest].entries())
      for (const line of node.log.slice(from[i]))
        process.stderr.write(`${i} ${JSON.stringify(line).slice(0, 400)}\n`)
  }
  await victim.trade()
  expect(wrong).toEqual([])
})
