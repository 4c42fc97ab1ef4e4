import type { z } from 'zod'
import type { Machine } from '../ports/machine.ts'
import type { ConfigLayer } from './config-layers.ts'
import { CONFIG_OPTIONS } from './config-options.ts'
import { badValue, type ConfigProblem, unknownName } from './config-problems.ts'
import { CONFIG_SCHEMA, type GivenConfig } from './config-schema.ts'

/** A source whose values are all of an allowed form. */
export interface CheckedLayer {
  readonly values: GivenConfig
  readonly source: ConfigLayer
}

/** What stands at a path into a configuration; undefined where nothing does. */
export function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], values)
}

function problemsOf(issue: z.core.$ZodIssue, layer: ConfigLayer): ConfigProblem[] {
  // An index into a list is of no help in the name of a setting.
  const key = issue.path.filter((part) => typeof part === 'string').join('.')
  if (issue.code === 'unrecognized_keys') {
    const inside = key === '' ? '' : `${key}.`
    const known = CONFIG_OPTIONS.map((option) => option.key)
    return issue.keys.map((name) => {
      const full = `${inside}${name}`
      return unknownName(full, known, layer.nameOf(full))
    })
  }
  const name = key === '' ? layer.nameOf('the whole') : layer.nameOf(key)
  return [badValue(name, valueAt(layer.values, issue.path), issue.message)]
}

const expandHome = (path: string, { homeDirectory, resolvePath }: Machine): string =>
  path === '~' || path.startsWith('~/') ? resolvePath(homeDirectory, path.slice(2) || '.') : path

/** Paths are made absolute here, since each source counts them from its own folder. */
export function checkLayer(
  layer: ConfigLayer,
  machine: Machine,
): CheckedLayer | { problems: ConfigProblem[] } {
  const parsed = CONFIG_SCHEMA.safeParse(layer.values)
  if (!parsed.success) return { problems: parsed.error.issues.flatMap((issue) => problemsOf(issue, layer)) }
  const { dataDir, p2p } = parsed.data
  const absolute = (path: string): string => machine.resolvePath(layer.base, expandHome(path, machine))
  const values = {
    ...parsed.data,
    ...(dataDir !== undefined && { dataDir: absolute(dataDir) }),
    ...(p2p?.privateKeyFile !== undefined && {
      p2p: { ...p2p, privateKeyFile: absolute(p2p.privateKeyFile) },
    }),
  }
  return { values, source: layer }
}

/** One configuration of several: `layers` from the one that decides to the one that is asked last. */
export function mergeLayers(layers: readonly CheckedLayer[]): GivenConfig {
  let merged: GivenConfig = {}
  for (const { values } of layers) {
    merged = {
      network: merged.network ?? values.network,
      dataDir: merged.dataDir ?? values.dataDir,
      minimumWork: merged.minimumWork ?? values.minimumWork,
      prune: merged.prune ?? values.prune,
      cache: merged.cache ?? values.cache,
      indexes: { ...values.indexes, ...merged.indexes },
      p2p: { ...values.p2p, ...merged.p2p },
      api: { ...values.api, ...merged.api },
      mining: { ...values.mining, ...merged.mining },
      logging: { ...values.logging, ...merged.logging },
    }
  }
  return merged
}

/** The source that decides on a setting, if any says something of it. */
export function sourceOf(layers: readonly CheckedLayer[], key: string): ConfigLayer | undefined {
  return layers.find(({ values }) => valueAt(values, key.split('.')) !== undefined)?.source
}
