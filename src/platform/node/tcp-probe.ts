import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { errorCode, errorMessage } from '../../base/errors.ts'

/** Where a TCP connection goes to or is awaited. */
export interface TcpEndpoint {
  readonly host: string
  readonly port: number
}

/** Why nobody can listen there, such as `EADDRINUSE`; undefined where it works. The port is free again then. */
export async function probeListen({ host, port }: TcpEndpoint): Promise<string | undefined> {
  const server = createServer()
  try {
    server.listen({ host, port, exclusive: true })
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return undefined
  } catch (error) {
    return codeOf(error)
  }
}

/** Why no TCP connection can be made, such as `ECONNREFUSED`; undefined where it works. It is closed at once. */
export async function probeConnect(
  { host, port }: TcpEndpoint,
  limitMs: number,
): Promise<string | undefined> {
  const socket = connect({ host, port })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(limitMs) })
    return undefined
  } catch (error) {
    return (error as Error).name === 'AbortError' ? `no answer in ${limitMs / 1000} s` : codeOf(error)
  } finally {
    socket.destroy()
  }
}

const codeOf = (error: unknown): string => errorCode(error) ?? errorMessage(error)
