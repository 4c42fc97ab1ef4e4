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
    await first.bans.put(ban)
    await first.bans.put({ ...ban, peer: 'other' as PeerId })
    await first.bans.delete('other' as PeerId)
    await first.close()

    const second = await openPeerDatabase(folder)
    expect(await second.bans.all()).toEqual([ban])
    await second.close()
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
    const { bans, close } = await openPeerDatabase(await temporaryDirectory())
    await close()
    await expect(bans.put(ban)).rejects.toMatchObject({ code: 'peers-failed' })
  })
})
