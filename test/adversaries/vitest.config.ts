import { mergeConfig } from 'vitest/config'
import everything from '../vitest.config.ts'

/** The figures of README.md: `npx vitest run --config test/adversaries/vitest.config.ts`. */
const config = mergeConfig(everything, { test: { silent: false, disableConsoleIntercept: true } })
config.test!.include = ['test/adversaries/table.ts']
export default config
