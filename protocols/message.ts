import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf'
import { errorMessage } from '../src/base/errors.ts'
import { ok, type Result } from '../src/base/result.ts'
import { type WireFault, wireFault } from './wire-fault.ts'

/** How deep messages and unknown groups may nest; no schema of ours needs more than two. */
const MAX_DEPTH = 8

/**
 * Parses protobuf of at most `maxBytes`. Byte fields are views of `bytes`; unknown fields are dropped; whatever is not
 * protobuf of the schema is a value, never an exception.
 */
export function parseMessage<Schema extends DescMessage>(
  schema: Schema,
  bytes: Uint8Array,
  maxBytes: number,
): Result<MessageShape<Schema>, WireFault> {
  if (bytes.length > maxBytes)
    return wireFault('message-over-limit', { message: schema.typeName, bytes: bytes.length, maxBytes })
  try {
    return ok(fromBinary(schema, bytes, { readUnknownFields: false, recursionLimit: MAX_DEPTH }))
  } catch (error) {
    // The parser reports all malformed input by throwing, a RangeError or Error of no particular class.
    return wireFault('message-malformed', { message: schema.typeName, reason: errorMessage(error) })
  }
}

/** The fault of a field that has a form which the protocol does not allow. */
export const malformedField = (field: string, details: Readonly<Record<string, unknown>> = {}) =>
  wireFault('message-malformed', { field, ...details })
