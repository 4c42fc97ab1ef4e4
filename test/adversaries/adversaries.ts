import type { Adversary } from './adversary.ts'
import { CONTROL_FLOODS } from './control-flood.ts'
import { CROWD } from './crowd.ts'
import { FOREIGNER } from './foreigner.ts'
import { FALSE_BRANCHES, FORGERY } from './forgery.ts'
import { GARBAGE } from './garbage.ts'
import { HALF_OPEN } from './half-open.ts'
import { HEADER_FLOOD } from './header-flood.ts'
import { OVERSIZE } from './oversize.ts'
import { SILENCE } from './silence.ts'
import { SLEEPER } from './sleeper.ts'
import { TRICKLE } from './trickle.ts'

export const ADVERSARIES: readonly Adversary[] = [
  ...GARBAGE,
  ...OVERSIZE,
  ...HALF_OPEN,
  ...SILENCE,
  ...FOREIGNER,
  ...FORGERY,
  ...FALSE_BRANCHES,
  ...CONTROL_FLOODS,
  ...CROWD,
  ...TRICKLE,
  ...SLEEPER,
  ...HEADER_FLOOD,
]
