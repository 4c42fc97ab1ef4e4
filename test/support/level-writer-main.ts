import { openSmallTables, writeHistory } from './level-history.ts'

/** A process that writes a history into the folder in its argument, tells of each batch, and waits to be killed. */
const [folder, to] = process.argv.slice(2)
process.stdout.write('opening\n')
const store = await openSmallTables(folder!)
process.stdout.write('open\n')
await writeHistory(store, Number(to), (number) => process.stdout.write(`${number}\n`))
setTimeout(() => {}, 60_000)
