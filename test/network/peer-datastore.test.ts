import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openPeerDatabase } from '../../src/platform/node/peer-datastore.ts'
import type { PeerId } from '../../src/ports/transport.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const ban = { peer: '12D3KooW' as PeerId, until: 1_800_000_000_000, reason: 'test' }

describe('peer database', () => {
  it('keeps bans from one opening to the next', async () => {
    const folder = await temporaryDirectory()
    const first = await openPeerDatabase(folder)
    await first.records.bans.put(ban)
    await first.records.bans.put({ ...ban, peer: 'other' as PeerId })
    await first.records.bans.delete('other' as PeerId)
    await first.close()

    const second = await openPeerDatabase(folder)
    expect(await second.records.bans.all()).toEqual([ban])
    await second.close()
  })

  it('keeps scores and anchors, and passes over what is no record of its kind', async () => {
    const folder = await temporaryDirectory()
    const first = await openPeerDatabase(folder)
    const peer = '12D3KooW' as PeerId
    const score = { peer, score: -40, at: 1_800_000_000_000 }
    const anchor = { peer, addresses: ['/ip4/192.0.2.1/tcp/1'] }
    await first.records.scores.put(score)
    await first.records.anchors.put(anchor)
    await first.records.scores.put({ peer: 'broken' } as never)
    await first.records.anchors.put({ peer: 'broken', addresses: [1] } as never)
    await first.close()

    const { records, close } = await openPeerDatabase(folder)
    expect(await records.scores.all()).toEqual([score])
    expect(await records.anchors.all()).toEqual([anchor])
    expect(await records.bans.all()).toEqual([])
    await close()
  })

  it('says who has it, where it is open already', async () => {
    const folder = await temporaryDirectory()
    const first = await openPeerDatabase(folder)
    await expect(openPeerDatabase(folder)).rejects.toMatchObject({
      code: 'peers-in-use',
      message: expect.stringContaining(folder),
    })
    await first.close()
  })

  it('names the folder that is damaged', async () => {
    const folder = await temporaryDirectory()
    await (await openPeerDatabase(folder)).close()
    await writeFile(join(folder, 'CURRENT'), 'MANIFEST-999999\n')
    await expect(openPeerDatabase(folder)).rejects.toMatchObject({
      code: 'peers-damaged',
      message: expect.stringContaining(folder),
    })
  })

  it('fails by name when it has been closed', async () => {
    const { records, close } = await openPeerDatabase(await temporaryDirectory())
    await close()
    await expect(records.bans.put(ban)).rejects.toMatchObject({ code: 'peers-failed' })
  })
})
