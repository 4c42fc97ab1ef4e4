import { create, toBinary } from '@bufbuild/protobuf'
import { ok, type Result } from '../../src/base/result.ts'
import type { BlockHash } from '../../src/primitives/hash.ts'
import { HelloSchema } from '../gen/hello/hello_pb.js'
import { decodeHash, encodeHash } from '../hash-field.ts'
import { malformedField, parseMessage } from '../message.ts'
import type { WireFault } from '../wire-fault.ts'
import { MAX_HELLO_BYTES, MAX_USER_AGENT_BYTES } from './protocol.ts'

/** What each side of a connection says of itself. Nothing of it is proven. */
export interface Hello {
  readonly version: number
  readonly genesis: BlockHash
  readonly tip: BlockHash
  readonly height: number
  /** cumulative work of the tip */
  readonly work: bigint
  /** a bit for each service; unknown bits are kept */
  readonly services: bigint
  /** printable ASCII, for people */
  readonly userAgent: string
}

const MAX_WORK_BYTES = 32
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/

/** Big-endian without leading zero bytes; zero is empty. */
function encodeWork(work: bigint): Uint8Array {
  const bytes: number[] = []
  for (let left = work; left > 0n; left >>= 8n) bytes.push(Number(left & 0xffn))
  return Uint8Array.from(bytes.reverse())
}

function decodeWork(field: Uint8Array): bigint | undefined {
  if (field.length > MAX_WORK_BYTES || field[0] === 0) return undefined
  return field.reduce((work, byte) => (work << 8n) | BigInt(byte), 0n)
}

export function encodeHello(hello: Hello): Uint8Array {
  const { version, height, services, userAgent } = hello
  const message = create(HelloSchema, {
    version,
    genesis: encodeHash(hello.genesis),
    tip: encodeHash(hello.tip),
    height,
    work: encodeWork(hello.work),
    services,
    userAgent,
  })
  return toBinary(HelloSchema, message)
}

export function decodeHello(bytes: Uint8Array): Result<Hello, WireFault> {
  const parsed = parseMessage(HelloSchema, bytes, MAX_HELLO_BYTES)
  if (!parsed.ok) return parsed
  const { version, height, services, userAgent } = parsed.value
  const genesis = decodeHash(parsed.value.genesis)
  if (genesis === undefined) return malformedField('genesis')
  const tip = decodeHash(parsed.value.tip)
  if (tip === undefined) return malformedField('tip')
  const work = decodeWork(parsed.value.work)
  if (work === undefined) return malformedField('work')
  if (userAgent.length > MAX_USER_AGENT_BYTES || !PRINTABLE_ASCII.test(userAgent))
    return malformedField('user_agent')
  return ok({ version, genesis, tip, height, work, services, userAgent })
}
