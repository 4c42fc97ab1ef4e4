import { createRequire, registerHooks } from 'node:module'
import type { OpenAPI3 } from 'openapi-typescript'
import type { Generator } from './generator.ts'
import { openapi } from './openapi.ts'

const OUTPUT = 'src/client/gen/paths.ts'

const HEAD = '// Written by scripts/generate/client-types.ts (npm run generate): do not edit.\n\n'

/**
 * openapi-typescript 7 prints with the compiler's API of TypeScript 5, which TypeScript 7 does not have: it gets the
 * TypeScript that comes with protobuf's generator. One of our own would take the place of `tsc` in node_modules/.bin.
 */
async function loadPrinter(): Promise<typeof import('openapi-typescript')> {
  const own = createRequire(import.meta.url)
  const compiler = createRequire(own.resolve('@bufbuild/protoplugin')).resolve('typescript')
  const hooks = registerHooks({
    resolve: (specifier, context, next) => next(specifier === 'typescript' ? compiler : specifier, context),
  })
  try {
    return await import('openapi-typescript')
  } finally {
    hooks.deregister()
  }
}

/** The types of all requests and answers of the HTTP API, for the client. */
export const clientTypes: Generator = {
  name: 'client-types',
  async outputs() {
    const { astToString, default: openapiTypescript } = await loadPrinter()
    const [document] = [...(await openapi.outputs()).values()]
    const types = await openapiTypescript(JSON.parse(document!) as OpenAPI3, {
      alphabetize: false,
      defaultNonNullable: false,
    })
    return new Map([[OUTPUT, HEAD + astToString(types)]])
  },
}
