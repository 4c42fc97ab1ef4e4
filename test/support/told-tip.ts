import { setTimeout as delay } from 'node:timers/promises'
import type { NodeProcess } from './node-process.ts'

export interface Tip {
  readonly hash: string
  readonly height: number
}

/** The highest tip that a node has told of, by its API or its log. On `dev` height is work. */
export function watchTip(node: NodeProcess): { acknowledged(): Tip } {
  let best: Tip = { hash: node.started.tip, height: node.started.height }
  const ask = async () => {
    for (;;) {
      const { tip } = await node.client.status()
      if (tip.height > best.height) best = tip
      await delay(20)
    }
  }
  // It ends with the node.
  ask().catch(() => {})
  return {
    acknowledged() {
      const found = node.log.findLast(({ msg }) => msg === 'block found') as (Tip & object) | undefined
      return found !== undefined && found.height > best.height ? found : best
    },
  }
}
