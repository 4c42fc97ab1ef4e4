import { connect, type Socket } from 'node:net'
import { concatBytes } from '../../src/base/bytes.ts'
import { framePrefix } from '../../src/network/frame-buffer.ts'
import { eventually } from '../support/eventually.ts'
import type { Adversary, Outcome } from './adversary.ts'
import type { Victim } from './victim.ts'

const SOCKETS = 40

const line = (text: string): Uint8Array => {
  const bytes = new TextEncoder().encode(`${text}\n`)
  return concatBytes(framePrefix(bytes.length), bytes)
}
const MULTISTREAM = line('/multistream/1.0.0')

/** Noise XX's first message: an ephemeral key, and then nothing. */
const FIRST_NOISE_MESSAGE = concatBytes(Uint8Array.of(0, 32), new Uint8Array(32).fill(9))

/** Bytes that stop somewhere on the way to a connection. */
const STAGES: Readonly<Record<string, readonly Uint8Array[]>> = {
  'TCP and nothing': [],
  'half of a multistream header': [MULTISTREAM.subarray(0, 7)],
  'multistream and nothing': [MULTISTREAM],
  'noise chosen and nothing': [MULTISTREAM, line('/noise')],
  'noise half-way': [MULTISTREAM, line('/noise'), FIRST_NOISE_MESSAGE],
  'a protocol list without end': [
    MULTISTREAM,
    ...Array.from({ length: 2_000 }, (_, i) => line(`/nonsense/${i}`)),
  ],
  'no libp2p at all': [new TextEncoder().encode('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2_000))],
}

/** Connects so often, says so much, and counts until the victim has closed every one. */
async function hold(victim: Victim, bytes: readonly Uint8Array[]): Promise<Outcome> {
  const open = new Set<Socket>()
  for (let i = 0; i < SOCKETS / Object.keys(STAGES).length; i++) {
    const socket = connect(victim.port, '127.0.0.1')
    open.add(socket)
    socket.on('error', () => {}).once('close', () => open.delete(socket))
    socket.resume().write(concatBytes(...bytes))
  }
  await eventually('the victim has closed every half-open connection', () => open.size === 0)
  return 'dropped'
}

export const HALF_OPEN: readonly Adversary[] = Object.entries(STAGES).map(([name, bytes]) => ({
  name: `half-open: ${name}`,
  does: 'connections that go so far and no further',
  expected: 'dropped',
  attack: (victim) => hold(victim, bytes),
}))
