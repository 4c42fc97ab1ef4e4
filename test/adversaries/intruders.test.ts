import { it } from 'vitest'
import { bear, PATIENCE_MS } from './bear.ts'
import { FOREIGNER } from './foreigner.ts'
import { FORGERY } from './forgery.ts'
import { GARBAGE } from './garbage.ts'
import { HALF_OPEN } from './half-open.ts'
import { OVERSIZE } from './oversize.ts'

it(
  'bears garbage, oversized frames, thieves, foreigners and half-open connections',
  { timeout: PATIENCE_MS },
  () => bear([...GARBAGE, ...OVERSIZE, ...HALF_OPEN, ...FOREIGNER, ...FORGERY], 'once'),
)
