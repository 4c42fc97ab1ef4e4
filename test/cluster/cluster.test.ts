import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'

const SCRIPT = fileURLToPath(new URL('../../scripts/cluster.ts', import.meta.url))

async function cluster(...args: string[]) {
  const child = spawn(process.execPath, [SCRIPT, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  // In order, so that it stops its nodes.
  onTestFinished(() => void child.kill('SIGTERM'))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const [output, notes, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { output, notes, code }
}

describe('the cluster script', () => {
  it('ends with agreement after payments, a crash, a restart and a late joiner', {
    timeout: 90_000,
  }, async () => {
    const size = ['--nodes', '3', '--blocks', '16', '--transactions', '10']
    const { output, notes, code } = await cluster(...size, '--topology', 'line', '--json')
    expect(code, notes).toBe(0)
    const report = JSON.parse(output)
    expect(report).toMatchObject({
      passed: true,
      verdicts: {
        tipsAgree: true,
        paymentsConfirmedOnce: true,
        coinsAgree: true,
        supplyIsSubsidies: true,
      },
      topology: 'line',
      confirmedOnce: 10,
      subsidies: 16 * 5_000_000_000,
      restart: { node: 'node-2' },
      join: { node: 'node-4 (late)' },
      folder: null,
    })
    expect(report.nodes).toHaveLength(4)
    for (const node of report.nodes) expect(node).toMatchObject({ height: 16, mempool: 0 })
    expect(notes).toContain('killed node-2 with SIGKILL')
  })

  it.each([
    { args: ['--nodes', '1'], says: '--nodes is "1", but has to be a number from 2 to 20' },
    { args: ['--topology', 'ring'], says: '--topology is "ring", but has to be star or line' },
    { args: ['--nods', '5'], says: '--nods' },
    { args: ['--blocks', '17'], says: 'need at least 18' },
    { args: ['--nodes', '2', '--transactions', '300'], says: '--blocks', blocks: '16' },
  ])('refuses $args with what is allowed', async ({ args, says, blocks }) => {
    const { output, notes, code } = await cluster(
      ...args,
      ...(blocks === undefined ? [] : ['--blocks', blocks]),
    )
    expect({ output, code }).toEqual({ output: '', code: 2 })
    expect(notes).toContain(says)
  })
})
