import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { PeerId } from '../../src/ports/transport.ts'
import { createApiNode } from '../support/api-node.ts'
import { cairn } from '../support/cli.ts'
import { peerView } from '../support/peer-view.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const PEER = '12D3KooWEJG4kZgWh6S1WrrNcDmwWzKqPnQKrQNmmDuBr3aoVk3x' as PeerId
const DEV_API = ['--network', 'dev', '--api', 'http://127.0.0.1:29472']

describe('ban', () => {
  it('refuses a peer for a day, or for as long as told, until unban', async () => {
    const node = await createApiNode()
    node.peers.push(peerView({ peer: PEER }))
    const day = new Date(node.clock.now() + 86_400_000).toISOString()
    expect(await cairn(['ban', PEER, ...DEV_API], { node })).toEqual({
      code: 0,
      out: `${PEER} is banned until ${day}`,
      notes: '',
    })
    expect(node.peers).toEqual([])
    const [, json] = [
      await cairn(['unban', PEER, ...DEV_API], { node }),
      await cairn(['ban', PEER, '--for', '2w', '--reason', 'floods', '--json', ...DEV_API], { node }),
    ]
    expect(JSON.parse(json.out)).toEqual({
      id: PEER,
      untilMs: node.clock.now() + 14 * 86_400_000,
      reason: 'floods',
    })
  })

  it('is shown by peers --banned', async () => {
    const node = await createApiNode()
    const banned = ['peers', '--banned', ...DEV_API]
    expect(await cairn(banned, { node, interactive: true })).toMatchObject({ out: 'nobody is banned' })
    await cairn(['ban', PEER, '--for', '90m', '--reason', 'evil\tname', ...DEV_API], { node })
    expect((await cairn(banned, { node })).out).toBe([PEER, '90 min', 'evil?name'].join('\t'))
    expect(JSON.parse((await cairn([...banned, '--json'], { node })).out)).toMatchObject([{ id: PEER }])
    expect(await cairn(['unban', PEER, ...DEV_API], { node })).toMatchObject({
      code: 0,
      out: `${PEER} is not banned any more`,
    })
    expect((await cairn(banned, { node })).out).toBe('')
  })

  it.for([
    [['ban', 'nobody'], 2, '"nobody" is no peer id'],
    [['ban'], 2, "missing required argument 'peer'"],
    [['ban', PEER, '--for', 'ever'], 2, '--for is "ever", but has to be a duration such as 90s'],
    [['ban', PEER, '--for', '99999w'], 2, '--for is "99999w"'],
    [['ban', PEER, '--reason', ''], 2, '--reason has to have 1 to 200 characters'],
    [['unban', PEER], 1, `${PEER} is not banned`],
  ] as const)('says what is wrong: %j', async ([args, code, notes]) => {
    const node = await createApiNode()
    expect(await cairn([...args, ...DEV_API], { node })).toMatchObject({
      code,
      out: '',
      notes: expect.stringContaining(notes),
    })
  })
})

describe('private-key', () => {
  it('makes a key for its owner only, each time another, and overwrites none', async () => {
    const folder = await temporaryDirectory()
    const [one, other] = [join(folder, 'one.key'), join(folder, 'other.key')]
    expect(await cairn(['private-key', one])).toMatchObject({ code: 0, out: expect.stringContaining(one) })
    expect(JSON.parse((await cairn(['private-key', other, '--json'])).out)).toEqual({ file: other })
    expect((await stat(one)).mode & 0o777).toBe(0o600)
    const key = await readFile(one, 'utf8')
    expect(key).toMatch(/^\/key\/swarm\/psk\/1\.0\.0\/\n\/base16\/\n[0-9a-f]{64}\n$/)
    expect(await readFile(other, 'utf8')).not.toBe(key)
    expect(await cairn(['private-key', one])).toMatchObject({
      code: 1,
      notes: expect.stringContaining(`${one} is there already`),
    })
    expect(await readFile(one, 'utf8')).toBe(key)
  })
})
