import { once } from 'node:events'
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'
import type { RequestTimeouts } from '../../src/api/limits.ts'
import { createApiServer } from '../../src/api/server.ts'
import { systemClock } from '../../src/platform/node/clock.ts'
import { SILENT_LOGGER } from '../../src/ports/logger.ts'
import { API_SETTINGS, createApiNode } from './api-node.ts'

/** The API of a node in memory, on a port of this machine. */
export async function startedServer(timeouts?: RequestTimeouts) {
  const node = await createApiNode()
  const server = createApiServer(
    { port: 0, ...API_SETTINGS, ...(timeouts && { timeouts }) },
    { services: node.services, clock: systemClock, logger: SILENT_LOGGER },
  )
  const url = await server.start()
  onTestFinished(() => server.stop())
  return { ...node, server, url, port: Number(new URL(url).port) }
}

/** What the server says to these bytes until it hangs up. */
export async function say(port: number, bytes: string, trickleMs?: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(bytes)
  const more = trickleMs === undefined ? undefined : setInterval(() => socket.write('x'), trickleMs)
  let heard = ''
  socket.on('data', (data) => {
    heard += data
  })
  socket.on('error', () => {})
  await once(socket, 'close')
  clearInterval(more)
  return heard
}
