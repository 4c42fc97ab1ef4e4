import { it } from 'vitest'
import { bear, PATIENCE_MS } from './bear.ts'
import { CROWD } from './crowd.ts'
import { FALSE_BRANCHES } from './forgery.ts'
import { HEADER_FLOOD } from './header-flood.ts'
import { SLEEPER } from './sleeper.ts'

it(
  'bears false branches, crowds, a peer that is stopped, and headers that nobody has the bodies of',
  { timeout: PATIENCE_MS },
  () => bear([...FALSE_BRANCHES, ...CROWD, ...SLEEPER, ...HEADER_FLOOD], 'turn'),
)
