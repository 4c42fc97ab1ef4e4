import { readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { describe, expect, it } from 'vitest'
import { isGenerated, packageOf, targetOf } from './laws.ts'
import { ROOT, readTree } from './tree.ts'

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

/** Packages that no import names, and what they are for. */
const UNIMPORTED: Readonly<Record<string, string>> = {
  '@biomejs/biome': 'command: lint and format',
  '@bufbuild/buf': 'command: protobuf',
  '@fastify/swagger-ui': "files: the page of the API's documentation",
  '@bufbuild/protoc-gen-es': 'command: protobuf',
  '@types/node': 'types',
  '@types/react': 'types',
  '@types/secp256k1': 'types',
  node: 'the Node that runs the scripts',
  typescript: 'command: types',
}

const manifest = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as Manifest
const shipped = readTree('src', 'protocols')
const tools = readTree('scripts', 'test')

const isPackage = (specifier: string): boolean =>
  !/^(?:\.|#|node:)/.test(specifier) && !builtinModules.includes(specifier)

const packagesOf = (files: typeof shipped): Set<string> =>
  new Set(
    files.flatMap(({ imports }) =>
      imports
        .map(({ specifier }) => specifier)
        .filter(isPackage)
        .map(packageOf),
    ),
  )

describe('package.json', () => {
  it('lists as dependencies all packages that src and protocols import', () => {
    const missing = [...packagesOf(shipped)].filter((name) => manifest.dependencies[name] === undefined)
    expect(missing).toEqual([])
  })

  it('lists all packages that the tests and scripts import', () => {
    const listed = { ...manifest.dependencies, ...manifest.devDependencies }
    // made-up sources in the tests of the laws are texts, not imports, and do not count here
    expect([...packagesOf(tools)].filter((name) => listed[name] === undefined)).toEqual([])
  })

  it('lists no package that nothing uses', () => {
    const used = new Set([...packagesOf(shipped), ...packagesOf(tools), ...Object.keys(UNIMPORTED)])
    const listed = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
    expect(listed.filter((name) => !used.has(name))).toEqual([])
  })

  it('lists as dependencies only what src and protocols need', () => {
    const used = new Set([...packagesOf(shipped), ...Object.keys(UNIMPORTED)])
    expect(Object.keys(manifest.dependencies).filter((name) => !used.has(name))).toEqual([])
  })
})

describe('exports', () => {
  it('are used somewhere, in their own file or in another', () => {
    const used = new Set<string>()
    for (const { path, imports } of [...shipped, ...tools])
      for (const { specifier, names } of imports)
        for (const name of names) used.add(`${targetOf(path, specifier)} ${name}`)
    const dead = shipped
      .filter(({ path }) => !isGenerated(path))
      .flatMap(({ path, exports, mentions }) =>
        exports
          .filter(({ name }) => !used.has(`${path} ${name}`) && !used.has(`${path} *`))
          .filter(({ name }) => name !== '*' && (mentions.get(name) ?? 0) < 2)
          .map(({ name, line }) => `${path}:${line} exports ${name}, which nothing uses`),
      )
    expect(dead).toEqual([])
  })
})
