import { readFileSync } from 'node:fs'
import { COMPACT_NONCE_BYTES, encodeCompactBlock } from '../../protocols/compact-block.ts'
import { concatBytes, fromHex } from '../../src/base/bytes.ts'
import { decodeBlock } from '../../src/primitives/block.ts'
import { encodeHeader } from '../../src/primitives/header.ts'
import type { Transaction } from '../../src/primitives/transaction.ts'
import { makeTransaction } from '../../src/primitives/transaction.ts'
import { assemble } from '../script/core-script.ts'
import { pay } from '../support/key.ts'
import { coinbaseInput, createTestChain, DEV, MINER } from '../support/test-chain.ts'
import { readVectors } from '../support/wire-vectors.ts'

/** Real messages by kind: what fuzzing starts from. */
export interface Corpus {
  readonly headers: readonly Uint8Array[]
  readonly transactions: readonly Uint8Array[]
  readonly blocks: readonly Uint8Array[]
  readonly scripts: readonly Uint8Array[]
  readonly addresses: readonly Uint8Array[]
}

const PAYMENTS = 12
const MANY_ITEMS = 800
const MANY_OUTPUTS = 100

/** The messages of a protocol as its vectors have them, right and wrong. */
export function vectorBytes(protocol: string, message: string): Uint8Array[] {
  const { encoded, accepted = [], refused } = readVectors(protocol, message)
  return [...encoded, ...accepted, ...refused].map(({ hex }) => fromHex(hex)!)
}

export function compactBlocks({ blocks }: Corpus): Uint8Array[] {
  const nonce = new Uint8Array(COMPACT_NONCE_BYTES).fill(7)
  return blocks.flatMap((bytes) => {
    const block = decodeBlock(bytes)
    return block.ok ? [encodeCompactBlock(block.value, nonce)] : []
  })
}

/** The scripts in Bitcoin Core's own vectors of opcodes. */
function coreScripts(): Uint8Array[] {
  const text = readFileSync(new URL('../script/vectors/opcode-cases.txt', import.meta.url), 'utf8')
  const scripts = text.split('\n').flatMap((line) => line.split('|').map((cell) => cell.trim()))
  return scripts.flatMap((script) => {
    try {
      return [assemble(script)]
    } catch {
      // A line of words, or another column.
      return []
    }
  })
}

/** A transaction that is nearly all lists: what costs most for each of its bytes. */
function longLists(): Transaction {
  const script = assemble('0x51')
  return makeTransaction({
    version: 2,
    lockTime: 0,
    inputs: [
      {
        prevout: { txid: DEV.genesis.transactions[0]!.txid, vout: 0 },
        scriptSig: new Uint8Array(0),
        sequence: 0,
        witness: [...Array.from({ length: MANY_ITEMS }, (_, i) => new Uint8Array(i % 2)), script],
      },
    ],
    outputs: Array.from({ length: MANY_OUTPUTS }, () => ({ value: 1, scriptPubKey: new Uint8Array(0) })),
  })
}

const ADDRESSES = [
  '/ip4/192.0.2.1/tcp/9470',
  '/ip4/127.0.0.1/tcp/9471/ws',
  '/ip6/2001:db8::1/tcp/9470/p2p/12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo',
  '/dns4/seed.example.org/tcp/443/tls/sni/seed.example.org/ws',
  '/dnsaddr/seed.example.org/p2p/12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo',
  '/ip4/192.0.2.1/udp/9470/quic-v1/webtransport',
  '/unix/tmp/socket',
]

/** A few blocks with payments, and what they are made of. */
export async function makeCorpus(): Promise<Corpus> {
  const test = await createTestChain()
  const mined = await test.mineMany(DEV.maturity + PAYMENTS)
  const payments = mined
    .slice(0, PAYMENTS)
    .map((block) => pay([coinbaseInput(block)], [{ value: 1_000, scriptPubKey: MINER.scriptPubKey }]))
  const full = await test.mine({ transactions: payments })
  const blocks = [DEV.genesis, mined[0]!, full]
  return {
    headers: mined.map(({ header }) => encodeHeader(header)),
    transactions: [
      ...[...payments.slice(0, 3), mined[0]!.transactions[0]!, longLists()].map(({ bytes }) => bytes),
    ],
    blocks: [
      ...blocks.map(({ bytes }) => bytes),
      concatBytes(encodeHeader(full.header), Uint8Array.of(1), longLists().bytes),
    ],
    scripts: coreScripts(),
    addresses: ADDRESSES.map((address) => new TextEncoder().encode(address)),
  }
}
