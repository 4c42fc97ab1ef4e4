import { encodeCompactBlock } from '../../protocols/compact-block.ts'
import { encodeBlockMessage } from '../../protocols/gossip/codec.ts'
import { MAX_PUSHED_COMPACT_BYTES } from '../../protocols/gossip/protocol.ts'
import { handleRelay, type RelayHandlerDependencies } from '../../protocols/relay/handler.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Transport } from '../../src/ports/transport.ts'
import type { Block } from '../../src/primitives/block.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { encodeHeader } from '../../src/primitives/header.ts'
import { DEV } from './test-chain.ts'

export const NONCE = new Uint8Array(8)

/** A message that announces the block by its header alone. */
export const headerMessage = (block: Pick<Block, 'header'>): Uint8Array =>
  encodeBlockMessage({ kind: 'header', bytes: encodeHeader(block.header) })

/** A message that announces the block as a node would: in compact form where that is short. */
export function blockMessage(block: Block, nonce: Uint8Array = NONCE): Uint8Array {
  const bytes = encodeCompactBlock(block, nonce)
  return bytes.length <= MAX_PUSHED_COMPACT_BYTES
    ? encodeBlockMessage({ kind: 'compact', bytes })
    : headerMessage(block)
}

/** Serves the blocks that it is given, right or wrong. */
export interface BlockServer {
  /** what was asked of it, in order */
  readonly asked: (
    | { readonly what: 'compact' }
    | { readonly what: 'transactions'; readonly indexes: readonly number[] }
  )[]
  offer(block: Block): void
}

type Serving = Pick<RelayHandlerDependencies, 'compactBlock' | 'blockTransactions'>

/** @param overrides - answers that are not what an honest server with these blocks would give */
export async function serveBlocks(
  transport: Transport,
  clock: Clock,
  overrides: Partial<Serving> = {},
): Promise<BlockServer> {
  const blocks = new Map<BlockHash, Block>()
  const asked: BlockServer['asked'] = []
  const honest: Serving = {
    compactBlock: async (hash) => {
      const block = blocks.get(hash)
      return block && encodeCompactBlock(block, NONCE)
    },
    blockTransactions: async (hash, indexes) => {
      const block = blocks.get(hash)
      return block && indexes.map((index) => block.transactions[index]!.bytes)
    },
  }
  const serving = { ...honest, ...overrides }
  await handleRelay({
    transport,
    clock,
    network: DEV,
    onFault() {},
    compactBlock(hash, signal) {
      asked.push({ what: 'compact' })
      return serving.compactBlock(hash, signal)
    },
    blockTransactions(hash, indexes, signal) {
      asked.push({ what: 'transactions', indexes })
      return serving.blockTransactions(hash, indexes, signal)
    },
    transaction: () => undefined,
    inventory: () => [],
  })
  return { asked, offer: (block) => void blocks.set(block.hash, block) }
}
