import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { Screen } from '../../src/cli/terminal.ts'
import { showTop } from '../../src/cli/top/screen.ts'
import type { Snapshot } from '../../src/cli/top/snapshot.ts'
import { type ApiNode, createApiNode } from '../support/api-node.ts'
import { cairn } from '../support/cli.ts'
import { eventually } from '../support/eventually.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { peerView } from '../support/peer-view.ts'

const URL = 'http://127.0.0.1:29472'
const DEV_API = ['--network', 'dev', '--api', URL]
const ENTER_SCREEN = '\u001b[?1049h'
const LEAVE_SCREEN = '\u001b[?1049l'
const SHOW_CURSOR = '\u001b[?25h'

async function snapshotOf(node: ApiNode): Promise<Snapshot> {
  const { code, out } = await cairn(['top', '--json', ...DEV_API], { node })
  expect(code).toBe(0)
  return JSON.parse(out)
}

/** A terminal of 100 columns and 30 rows. */
function fakeScreen() {
  let shown = ''
  let raw = false
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: 30 })
  output.setEncoding('utf8').on('data', (text: string) => {
    shown += text
  })
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (on: boolean) => {
      raw = on
    },
    ref: () => {},
    unref: () => {},
  })
  const screen: Screen = { input, output }
  return { screen, type: (keys: string) => void input.write(keys), shown: () => shown, isRaw: () => raw }
}

/** The view on such a terminal. */
function show(take: () => Promise<Snapshot>) {
  const terminal = fakeScreen()
  const clock = createFakeClock()
  const stop = new AbortController()
  const ended = showTop(terminal.screen, take, clock, stop.signal)
  return { ...terminal, clock, stop, ended }
}

describe('top where nobody watches', () => {
  it('shows one moment, as facts or as JSON', async () => {
    const node = await createApiNode()
    await node.mineMany(2)
    node.peers.push(peerView({ peer: 'P' as never, latencyMs: 12.3 }))
    const { code, out } = await cairn(['top', ...DEV_API], { node })
    expect(code).toBe(0)
    expect(out).toContain('chain height\t2\n')
    expect(out).toContain('mempool transactions\t0\n')
    expect(out).toContain('mining state\toff\n')
    expect(out).toMatch(/^P\tin\t-\t.*\t13 ms\t0\t-\t\/ip4\/127\.0\.0\.1\/tcp\/1$/m)
    expect(await snapshotOf(node)).toMatchObject({
      status: { tip: { height: 2 } },
      peers: [{ id: 'P' }],
      mempool: { transactions: 0 },
      mining: { mining: false },
    })
  })
})

describe('top on a terminal', () => {
  it('follows the node on a screen of its own, and gives the old one back', async () => {
    const node = await createApiNode()
    const hello = { userAgent: 'evil\u001b[2Jname', tip: node.chain.tip().hash, height: 7, work: 1n }
    node.peers.push(peerView({ peer: 'P' as never, hello }))
    const top = show(() => snapshotOf(node))
    await eventually('height 0 is shown', () => /height +0/.test(top.shown()))
    expect(top.shown()).toContain(ENTER_SCREEN)
    expect(top.shown()).toContain('evil?[2Jname')
    expect(top.isRaw()).toBe(true)
    await node.mineMany(3)
    await top.clock.advance(1_000)
    await eventually('height 3 is shown', () => /height +3/.test(top.shown()))
    top.type('q')
    await top.ended
    expect(top.shown().lastIndexOf(LEAVE_SCREEN)).toBeGreaterThan(top.shown().lastIndexOf('height'))
    expect(top.shown().lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(0)
    expect(top.isRaw()).toBe(false)
  })

  it('is left with Ctrl-C, which the terminal hands on as a key', async () => {
    const node = await createApiNode()
    const top = show(() => snapshotOf(node))
    await eventually('height 0 is shown', () => /height +0/.test(top.shown()))
    top.type('\u0003')
    await top.ended
    expect(top.shown()).toContain(LEAVE_SCREEN)
  })

  it('gives the screen back where a signal ends it', async () => {
    const node = await createApiNode()
    const top = show(() => snapshotOf(node))
    await eventually('height 0 is shown', () => /height +0/.test(top.shown()))
    top.stop.abort(new Error('stopped'))
    await expect(top.ended).rejects.toThrow('stopped')
    expect(top.shown()).toContain(LEAVE_SCREEN)
    expect(top.isRaw()).toBe(false)
  })

  it('says why a node does not answer, keeps what it showed, and goes on asking', async () => {
    const node = await createApiNode()
    let failure: Error | undefined
    const top = show(async () => {
      if (failure !== undefined) throw failure
      return snapshotOf(node)
    })
    await eventually('height 0 is shown', () => /height +0/.test(top.shown()))
    failure = new Error('nobody listens there')
    await top.clock.advance(1_000)
    await eventually('the failure is shown', () => top.shown().includes('nobody listens there'))
    failure = undefined
    await node.mineMany(5)
    await top.clock.advance(1_000)
    await eventually('height 5 is shown', () => /height +5/.test(top.shown()))
    top.type('q')
    await top.ended
  })
})
