import { describe, expect, it } from 'vitest'
import type { Host } from '../../src/network/host.ts'
import type { PeerId, TopicVerdict } from '../../src/ports/transport.ts'
import { eventually } from '../support/eventually.ts'
import { makeHost, startHost } from '../support/network-host.ts'

const TOPIC = '/cairn/0badc0de/test/1'
const OTHER_TOPIC = '/cairn/0badc0de/other/1'
const MAX_BYTES = 1_000_000

interface Heard {
  readonly text: string
  readonly from: PeerId
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Subscribes a host, which judges each message as told; what it has heard, in order. */
function listen(
  host: Host,
  judge: (text: string) => TopicVerdict | Promise<TopicVerdict> = () => 'accept',
  topic = TOPIC,
): Heard[] {
  const heard: Heard[] = []
  host.subscribe(topic, MAX_BYTES, async (message, from) => {
    const text = new TextDecoder().decode(message)
    heard.push({ text, from })
    return judge(text)
  })
  return heard
}

/** Hosts in a line, each connected to its neighbours only. */
async function startLine(count: number): Promise<Host[]> {
  const hosts: Host[] = []
  for (let i = 0; i < count; i++) {
    const host = await startHost({ dht: 'off', bootstrap: hosts.at(-1)?.addresses() ?? [] })
    hosts.push(host)
  }
  await eventually('neighbours are connected', () =>
    hosts.every((host, i) => host.connections().length === (i === 0 || i === count - 1 ? 1 : 2)),
  )
  return hosts
}

/** Publishes ever new messages until one has passed: the mesh takes a moment to form. */
async function waitForMesh(from: Host, reached: () => boolean, topic = TOPIC): Promise<void> {
  let probe = 0
  await eventually('the mesh has formed', async () => {
    if (reached()) return true
    await from.publish(topic, encode(`probe ${probe++}`))
    return reached()
  })
}

describe('gossip', () => {
  it('hands a message on from neighbour to neighbour, and not back to its author', async () => {
    const [a, b, c] = (await startLine(3)) as [Host, Host, Host]
    const [atA, atB, atC] = [listen(a), listen(b), listen(c)]
    await waitForMesh(a, () => atC.length > 0)

    expect(await a.publish(TOPIC, encode('news'))).toBe(1)

    await eventually('c has heard it', () => atC.some(({ text }) => text === 'news'))
    expect(atB).toContainEqual({ text: 'news', from: a.self })
    expect(atC).toContainEqual({ text: 'news', from: b.self })
    expect(atA).toEqual([])
  })

  it('does not hand on what the validator ignores or rejects', async () => {
    const [a, b, c] = (await startLine(3)) as [Host, Host, Host]
    listen(a)
    const atB = listen(b, (text) => (text === 'ignore' || text === 'reject' ? text : 'accept'))
    const atC = listen(c)
    await waitForMesh(a, () => atC.length > 0)

    await a.publish(TOPIC, encode('ignore'))
    await a.publish(TOPIC, encode('reject'))
    await a.publish(TOPIC, encode('last'))

    await eventually('c has heard the last', () => atC.some(({ text }) => text === 'last'))
    expect(atB.map(({ text }) => text)).toEqual(expect.arrayContaining(['ignore', 'reject']))
    expect(atC.map(({ text }) => text)).not.toEqual(expect.arrayContaining(['ignore']))
    expect(atC.map(({ text }) => text)).not.toEqual(expect.arrayContaining(['reject']))
  })

  it('takes a validator that throws for one that ignores, without blame', async () => {
    const [a, b] = (await startLine(2)) as [Host, Host]
    listen(a)
    const atB = listen(b, (text) => {
      if (text.startsWith('bad')) throw new Error('a bug')
      return 'accept'
    })
    await waitForMesh(a, () => atB.length > 0)
    for (let i = 0; i < 10; i++) await a.publish(TOPIC, encode(`bad ${i}`))
    await a.publish(TOPIC, encode('good'))
    await eventually('b hears on', () => atB.some(({ text }) => text === 'good'))
    expect(b.connections()).toHaveLength(1)
  })

  it('does not take a message for seen because its bytes came on another topic', async () => {
    const [a, b] = (await startLine(2)) as [Host, Host]
    listen(a)
    listen(a, () => 'accept', OTHER_TOPIC)
    const atB = listen(b)
    const atOther = listen(b, () => 'reject', OTHER_TOPIC)
    await waitForMesh(a, () => atB.length > 0)
    await waitForMesh(a, () => atOther.length > 0, OTHER_TOPIC)
    const count = atOther.length

    await a.publish(OTHER_TOPIC, encode('a block'))
    await eventually('it was rejected there', () => atOther.length > count)
    await a.publish(TOPIC, encode('a block'))

    await eventually('it is heard here', () => atB.some(({ text }) => text === 'a block'))
  })

  it('sends a message to nobody, and lets it be published again', async () => {
    const a = await startHost({ dht: 'off' })
    listen(a)
    expect(await a.publish(TOPIC, encode('early'))).toBe(0)
    const b = await startHost({ dht: 'off', bootstrap: a.addresses() })
    const atB = listen(b)
    await waitForMesh(a, () => atB.length > 0)
    expect(await a.publish(TOPIC, encode('early'))).toBe(1)
    await eventually('b has heard it', () => atB.some(({ text }) => text === 'early'))
  })

  it('hangs up on a peer that keeps sending what is invalid, and refuses it for a while', async () => {
    const [a, b] = (await startLine(2)) as [Host, Host]
    listen(a)
    const atB = listen(b, (text) => (text.startsWith('bad') ? 'reject' : 'accept'))
    await waitForMesh(a, () => atB.length > 0)

    for (let i = 0; i < 6; i++) await a.publish(TOPIC, encode(`bad ${i}`))

    await eventually('b has hung up', () => b.connections().length === 0)
    expect(b.bans()).toEqual([expect.objectContaining({ peer: a.self, reason: 'graylisted' })])
  })

  it('neither shows nor hands on a message that is longer than its topic allows', async () => {
    const [a, b, c] = (await startLine(3)) as [Host, Host, Host]
    a.subscribe(TOPIC, 10 * MAX_BYTES, async () => 'accept')
    const atB = listen(b)
    const atC = listen(c)
    await waitForMesh(a, () => atC.length > 0)
    await a.publish(TOPIC, new Uint8Array(MAX_BYTES + 1))
    await a.publish(TOPIC, encode('last'))
    await eventually('c has heard the last', () => atC.some(({ text }) => text === 'last'))
    expect(Math.max(...atB.map(({ text }) => text.length))).toBeLessThan(100)
  })

  it('leaves a topic', async () => {
    const [a, b] = (await startLine(2)) as [Host, Host]
    listen(a)
    let count = 0
    const leave = b.subscribe(TOPIC, MAX_BYTES, async () => {
      count += 1
      return 'accept'
    })
    await waitForMesh(a, () => count > 0)
    leave()
    await eventually('a knows', async () => (await a.publish(TOPIC, encode(`${Math.random()}`))) === 0)
  })

  it('carries a message of 1 MB', async () => {
    const [a, b] = (await startLine(2)) as [Host, Host]
    listen(a)
    const atB = listen(b)
    await waitForMesh(a, () => atB.length > 0)
    await a.publish(TOPIC, new Uint8Array(MAX_BYTES).fill(97))
    await eventually('b has heard it', () => atB.some(({ text }) => text.length === MAX_BYTES))
  })

  it('does not publish before it has started', async () => {
    const host = await makeHost()
    await expect(host.publish(TOPIC, encode('x'))).rejects.toMatchObject({ code: 'not-started' })
  })
})
