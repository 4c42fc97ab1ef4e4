import { describe, expect, it } from 'vitest'
import { networkDefinitionJson, parseNetworkDefinition } from '../../src/consensus/network-definition.ts'
import { builtInNetwork, makeNetwork } from '../../src/consensus/networks.ts'
import { loadConfig } from '../../src/node/config-load.ts'
import { networkFileContent } from '../../src/node/config-network.ts'
import { fakeMachine } from '../support/fake-machine.ts'

const parsed = parseNetworkDefinition({ name: 'spark', prefix: 'spk', difficulty: 2, gapCap: null })
if (!parsed.ok) throw new Error(parsed.error.message)
const SPARK = makeNetwork(parsed.value)

const load = (dataDir: string, content: unknown, flags = {}) =>
  loadConfig(
    { dataDir, ...flags },
    undefined,
    fakeMachine({ files: { [`${dataDir}/network.json`]: content } }),
  )

describe('the network of a data directory', () => {
  it.each([builtInNetwork('dev'), builtInNetwork('main'), SPARK])('is remembered: $name', async (network) => {
    const config = await load('/d', JSON.stringify(networkFileContent(network)))
    expect(config.network.genesis.hash).toBe(network.genesis.hash)
  })

  it('gives way to one that is named', async () => {
    expect((await load('/d', '"dev"', { network: 'test' })).network.name).toBe('test')
  })

  it('is main where no node has used the directory', async () => {
    expect((await loadConfig({ dataDir: '/new' }, undefined, fakeMachine())).network.name).toBe('main')
  })

  it('is not guessed where its file is damaged', async () => {
    await expect(load('/d', '"de')).rejects.toMatchObject({ code: 'config-unreadable' })
    await expect(load('/d', '{"name":"x"}')).rejects.toMatchObject({ code: 'config-invalid' })
  })
})

describe('a definition as JSON', () => {
  it('reads as itself', () => {
    expect(parseNetworkDefinition(networkDefinitionJson(SPARK))).toEqual({ ok: true, value: parsed.value })
  })
})
