import fc from 'fast-check'

/** What of JSON Schema the requests of the API are described with. */
export interface RequestSchema {
  readonly type?: string
  readonly anyOf?: readonly RequestSchema[]
  readonly pattern?: string
  readonly minLength?: number
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly items?: RequestSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly properties?: Readonly<Record<string, RequestSchema>>
  readonly required?: readonly string[]
}

/** Values worth trying for what has a name: hashes that exist, addresses of the network. */
export type KnownValues = Readonly<Record<string, readonly unknown[]>>

const MAX_LENGTH = 200
const MAX_ITEMS = 5

function stringOf({ pattern, minLength = 0, maxLength = MAX_LENGTH }: RequestSchema): fc.Arbitrary<string> {
  const most = Math.min(maxLength, MAX_LENGTH)
  if (pattern === undefined) return fc.string({ minLength, maxLength: most })
  return fc.stringMatching(new RegExp(pattern), { size: 'small' })
}

/** Values that the schema allows, or nearly: what a name is known for comes as often as what is made up. */
export function schemaArbitrary(schema: RequestSchema, known: KnownValues, name = ''): fc.Arbitrary<unknown> {
  const made = madeUp(schema, known, name)
  const values = known[name]
  return values === undefined || schema.type === 'array' || schema.type === 'object'
    ? made
    : fc.oneof({ arbitrary: fc.constantFrom(...values), weight: 6 }, { arbitrary: made, weight: 1 })
}

function madeUp(schema: RequestSchema, known: KnownValues, name: string): fc.Arbitrary<unknown> {
  if (schema.anyOf !== undefined)
    return fc.oneof(...schema.anyOf.map((each) => schemaArbitrary(each, known, name)))
  switch (schema.type) {
    case 'string':
      return stringOf(schema)
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -10, max: Math.min(schema.maximum ?? 1_000, 2 ** 31) })
    case 'array':
      return fc.array(schemaArbitrary(schema.items ?? {}, known, name), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? MAX_ITEMS, MAX_ITEMS),
      })
    case 'object': {
      const properties = Object.entries(schema.properties ?? {})
      return fc.record(
        Object.fromEntries(properties.map(([key, each]) => [key, schemaArbitrary(each, known, key)])),
        { requiredKeys: [...(schema.required ?? [])] },
      )
    }
    default:
      throw new Error(`requests of type ${schema.type} are not made here`)
  }
}
