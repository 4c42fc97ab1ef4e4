import { it } from 'vitest'
import { bear, PATIENCE_MS } from './bear.ts'
import { CONTROL_FLOODS } from './control-flood.ts'
import { SILENCE } from './silence.ts'
import { TRICKLE } from './trickle.ts'

it('bears floods of gossip, mutes, liars, and peers that are slow on purpose', { timeout: PATIENCE_MS }, () =>
  bear([...CONTROL_FLOODS, ...SILENCE, ...TRICKLE], 'once'),
)
