import { openDataDirectory } from '../../src/platform/node/data-directory.ts'

/** A process that takes the data directory named in its argument, says so, and holds it until it is killed. */
const [path] = process.argv.slice(2)
await openDataDirectory({ path: path!, network: 'dev', startedAt: Date.now() })
process.stdout.write('held\n')
setInterval(() => {}, 60_000)
