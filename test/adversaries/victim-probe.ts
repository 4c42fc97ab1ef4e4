import { createServer } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isMainThread } from 'node:worker_threads'

// Loaded into the node under attack, in front of its own code: it says how many bytes the node holds, over a socket in
// the file system, so that neither its network nor its API takes part.
if (isMainThread && process.env.VICTIM_PROBE !== undefined) {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const server = createServer((asker) => {
    asker.on('error', () => {})
    asker.once('data', () => {
      collect()
      const { heapUsed, external } = process.memoryUsage()
      asker.end(String(heapUsed + external))
    })
  })
  server.listen(process.env.VICTIM_PROBE).unref()
}
