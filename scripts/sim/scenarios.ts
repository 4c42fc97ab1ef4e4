import type { Scenario } from './scenario.ts'
import { coldStart } from './scenarios/cold-start.ts'
import { eclipse } from './scenarios/eclipse.ts'
import { headerFlood } from './scenarios/header-flood.ts'
import { invalidBlocks } from './scenarios/invalid-blocks.ts'
import { lateJoiner } from './scenarios/late-joiner.ts'
import { partition } from './scenarios/partition.ts'
import { rollingCrashes } from './scenarios/rolling-crashes.ts'
import { selfishMiner } from './scenarios/selfish-miner.ts'
import { steady } from './scenarios/steady.ts'
import { timeAttack } from './scenarios/time-attack.ts'
import { transactionFlood } from './scenarios/transaction-flood.ts'
import { withheldBlocks } from './scenarios/withheld-blocks.ts'

export const SCENARIOS: readonly Scenario[] = [
  steady,
  coldStart,
  partition,
  rollingCrashes,
  eclipse,
  invalidBlocks,
  withheldBlocks,
  headerFlood,
  transactionFlood,
  selfishMiner,
  timeAttack,
  lateJoiner,
]

export const scenarioNamed = (name: string): Scenario | undefined =>
  SCENARIOS.find((scenario) => scenario.name === name)
