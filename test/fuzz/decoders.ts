import { decodeCompactBlock } from '../../protocols/compact-block.ts'
import { decodeBlockMessage, decodeTransactionMessage } from '../../protocols/gossip/codec.ts'
import { openBlockMessage, openTransactionMessage } from '../../protocols/gossip/validator.ts'
import { decodeHash, decodeHashes } from '../../protocols/hash-field.ts'
import { decodeHello } from '../../protocols/hello/codec.ts'
import { MAX_HELLO_BYTES } from '../../protocols/hello/protocol.ts'
import {
  decodeRequest as decodeRelayRequest,
  decodeResponse as decodeRelayResponse,
} from '../../protocols/relay/codec.ts'
import {
  decodeRequest as decodeSyncRequest,
  decodeResponse as decodeSyncResponse,
} from '../../protocols/sync/codec.ts'
import { MAX_REQUEST_BYTES } from '../../protocols/sync/protocol.ts'
import { errorCode } from '../../src/base/errors.ts'
import { ByteReader, decoding } from '../../src/base/reader.ts'
import { addressGroup } from '../../src/network/address-group.ts'
import { createFrameBuffer } from '../../src/network/frame-buffer.ts'
import { parseAddress, peerInAddress } from '../../src/network/named-peers.ts'
import { createBlockDecoder, decodeBlock } from '../../src/primitives/block.ts'
import { hash160, sha256 } from '../../src/primitives/hash.ts'
import { decodeHeader } from '../../src/primitives/header.ts'
import type { SteppedDecoder } from '../../src/primitives/stepped-decoder.ts'
import { decodeCompact } from '../../src/primitives/target.ts'
import {
  createTransactionsDecoder,
  decodeTransaction,
  type Transaction,
} from '../../src/primitives/transaction.ts'
import { executeScript } from '../../src/script/interpreter.ts'
import { createSighashCache } from '../../src/script/sighash.ts'
import { parseSignature } from '../../src/script/signature-encoding.ts'
import { countSigops, witnessSigops } from '../../src/script/sigops.ts'
import { p2wpkhScript, p2wshScript } from '../../src/script/templates.ts'
import { checkWitness } from '../../src/script/witness.ts'
import { DEV } from '../support/test-chain.ts'
import { type Corpus, compactBlocks, vectorBytes } from './corpus.ts'

/** Something that takes bytes from the wire, and what may become of them. */
export interface Decoder {
  readonly name: string
  /** the exports that it tries: `path name` */
  readonly covers: readonly string[]
  /** Ends with a value, whatever that is; what it throws is a crash. */
  readonly decode: (bytes: Uint8Array) => unknown
  readonly seeds: (corpus: Corpus) => readonly Uint8Array[]
  /** inputs are no longer; a little more than the longest that it is ever given */
  readonly longest: number
  /** of all bytes that are tried, this many parts go here; 1 */
  readonly share?: number
}

const NO_ID = new Uint8Array(0)
/** Longer than real messages are in the corpus, short enough that there are many inputs. */
const LONG = 24_000
const STEP_BYTES = 1_000
const FRAME_BYTES = 4_096
const MAX_WITNESSES_TRIED = 4

const relay = 'protocols/relay/codec.ts'
const sync = 'protocols/sync/codec.ts'
const gossip = 'protocols/gossip'
const primitives = 'src/primitives'

/** Runs what a transaction's witnesses would run, were they to spend an output of their own hash. */
function spend(transaction: Transaction): void {
  const cache = createSighashCache(transaction)
  const inputs = transaction.inputs.slice(0, MAX_WITNESSES_TRIED)
  for (const [index, { witness }] of inputs.entries()) {
    const last = witness.at(-1) ?? NO_ID
    for (const scriptPubKey of [p2wshScript(sha256(last)), p2wpkhScript(hash160(last))]) {
      witnessSigops(scriptPubKey, witness)
      checkWitness(cache, index, { value: 1_000, scriptPubKey })
    }
  }
}

function inSteps(decoder: SteppedDecoder<unknown>): unknown {
  while (!decoder.step(STEP_BYTES));
  return decoder.result()
}

/** Frames as they come from a stream, in pieces of all sizes; its two faults are thrown. */
function cutIntoFrames(bytes: Uint8Array): unknown {
  const buffer = createFrameBuffer(FRAME_BYTES)
  try {
    for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 3) % 1_021) {
      buffer.append(bytes.subarray(at, at + size))
      while (buffer.take() !== undefined);
    }
    return buffer.partial
  } catch (error) {
    if (errorCode(error) === 'frame-too-long' || errorCode(error) === 'frame-malformed') return error
    throw error
  }
}

function readAddress(bytes: Uint8Array): unknown {
  const text = new TextDecoder().decode(bytes)
  try {
    parseAddress(text)
  } catch (error) {
    if (errorCode(error) === 'address-malformed') return error
    throw error
  }
  return [peerInAddress(text), addressGroup(text)]
}

/** Each decoder of bytes from the wire, and what reads further in what they hold. */
export const DECODERS: readonly Decoder[] = [
  {
    name: 'header',
    covers: [`${primitives}/header.ts decodeHeader`],
    decode: decodeHeader,
    seeds: ({ headers }) => headers,
    longest: 96,
  },
  {
    name: 'compact target',
    covers: [`${primitives}/target.ts decodeCompact`],
    decode: (bytes) => bytes.length >= 4 && decodeCompact(new ByteReader(bytes).u32()),
    seeds: ({ headers }) => headers.map((header) => header.subarray(72)),
    longest: 8,
    share: 0.1,
  },
  {
    name: 'CompactSize',
    covers: [],
    decode: (bytes) => decoding(() => new ByteReader(bytes).compactSize(Number.MAX_SAFE_INTEGER)),
    seeds: ({ blocks }) => blocks.map((block) => block.subarray(80, 89)),
    longest: 10,
    share: 0.1,
  },
  {
    name: 'transaction',
    covers: [`${primitives}/transaction.ts decodeTransaction`],
    decode: decodeTransaction,
    seeds: ({ transactions }) => transactions,
    longest: LONG,
    share: 3,
  },
  {
    name: 'witnesses of a transaction',
    covers: [],
    decode(bytes) {
      const decoded = decodeTransaction(bytes)
      if (decoded.ok) spend(decoded.value)
    },
    seeds: ({ transactions }) => transactions,
    longest: LONG,
  },
  {
    name: 'block',
    covers: [`${primitives}/block.ts decodeBlock`],
    decode: decodeBlock,
    seeds: ({ blocks }) => blocks,
    longest: LONG,
    share: 3,
  },
  {
    name: 'block in steps',
    covers: [`${primitives}/block.ts createBlockDecoder`],
    decode: (bytes) => inSteps(createBlockDecoder(bytes)),
    seeds: ({ blocks }) => blocks,
    longest: LONG,
    share: 2,
  },
  {
    name: 'transactions one behind the other',
    covers: [
      `${primitives}/transaction.ts createTransactionsDecoder`,
      `${primitives}/stepped-decoder.ts createSteppedDecoder`,
    ],
    // Whoever asked knows how many he asked for: here it is what stands in front.
    decode: (bytes) => inSteps(createTransactionsDecoder(bytes.subarray(1), bytes[0] ?? 0)),
    seeds: ({ blocks }) => blocks.map((block) => block.subarray(80)),
    longest: LONG,
    share: 2,
  },
  {
    name: 'script',
    covers: [],
    decode(bytes) {
      countSigops(bytes)
      return executeScript(bytes, [Uint8Array.of(1), NO_ID, Uint8Array.of(2)], {
        version: 2,
        lockTime: 0,
        sequence: 0,
        sighash: (code, hashType) => new Uint8Array(32).fill(code.length ^ hashType),
      })
    },
    seeds: ({ scripts }) => scripts,
    longest: 10_010,
  },
  {
    name: 'signature',
    covers: [],
    decode: parseSignature,
    seeds: ({ transactions }) => transactions.map((bytes) => bytes.subarray(-110, -38)),
    longest: 80,
    share: 0.5,
  },
  {
    name: 'hello',
    covers: ['protocols/hello/codec.ts decodeHello'],
    decode: decodeHello,
    seeds: () => vectorBytes('hello', 'Hello'),
    longest: MAX_HELLO_BYTES + 16,
  },
  {
    name: 'sync request',
    covers: [`${sync} decodeRequest`],
    decode: decodeSyncRequest,
    seeds: () => vectorBytes('sync', 'Request'),
    longest: MAX_REQUEST_BYTES + 16,
  },
  {
    name: 'sync response',
    covers: [`${sync} decodeResponse`],
    decode: decodeSyncResponse,
    seeds: () => vectorBytes('sync', 'Response'),
    longest: LONG,
  },
  {
    name: 'relay request',
    covers: [`${relay} decodeRequest`],
    decode: decodeRelayRequest,
    seeds: () => vectorBytes('relay', 'Request'),
    longest: LONG,
  },
  {
    name: 'relay response',
    covers: [`${relay} decodeResponse`],
    decode: decodeRelayResponse,
    seeds: () => vectorBytes('relay', 'Response'),
    longest: LONG,
  },
  {
    name: 'transaction message',
    covers: [`${gossip}/codec.ts decodeTransactionMessage`, `${gossip}/validator.ts openTransactionMessage`],
    decode: (bytes) => [decodeTransactionMessage(bytes), openTransactionMessage(bytes)],
    seeds: () => vectorBytes('gossip', 'TransactionMessage'),
    longest: LONG,
  },
  {
    name: 'block message',
    covers: [`${gossip}/codec.ts decodeBlockMessage`, `${gossip}/validator.ts openBlockMessage`],
    decode: (bytes) => [decodeBlockMessage(bytes), openBlockMessage(bytes, DEV, () => false)],
    seeds: () => vectorBytes('gossip', 'BlockMessage'),
    longest: LONG,
  },
  {
    name: 'compact block',
    covers: ['protocols/compact-block.ts decodeCompactBlock'],
    decode: decodeCompactBlock,
    seeds: compactBlocks,
    longest: LONG,
  },
  {
    name: 'hash field',
    covers: ['protocols/hash-field.ts decodeHash', 'protocols/hash-field.ts decodeHashes'],
    decode: (bytes) => [decodeHash(bytes), decodeHashes([bytes, bytes])],
    seeds: ({ headers }) => headers.map((header) => header.subarray(4, 36)),
    longest: 40,
    share: 0.2,
  },
  {
    name: 'frames of a stream',
    covers: [],
    decode: cutIntoFrames,
    seeds: ({ headers }) => [...vectorBytes('sync', 'Request'), ...headers].map(framed),
    longest: LONG,
  },
  {
    name: 'address of a peer',
    covers: [],
    decode: readAddress,
    seeds: ({ addresses }) => addresses,
    longest: 512,
  },
]

/** Several frames, of a few bytes each as far as the prefix of one byte goes. */
function framed(bytes: Uint8Array): Uint8Array {
  const short = bytes.subarray(0, 0x7f)
  return Uint8Array.from([short.length, ...short, 0, 2, 1, 2, short.length, ...short])
}
