import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** One connection that is kept open, and one request on it at a time: a client that costs next to nothing itself. */
export interface HttpConnection {
  /** @returns the status */
  ask(method: 'GET' | 'POST', path: string, body?: string): Promise<number>
  close(): void
}

const HEAD_END = Buffer.from('\r\n\r\n')

export async function openHttpConnection(port: number, token: string): Promise<HttpConnection> {
  const socket: Socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.setNoDelay(true)
  let heard: Buffer = Buffer.alloc(0)
  let answered: PromiseWithResolvers<number> | undefined
  socket.on('data', (data: Buffer) => {
    heard = heard.length === 0 ? data : Buffer.concat([heard, data])
    const end = heard.indexOf(HEAD_END)
    if (end < 0) return
    const head = heard.toString('latin1', 0, end)
    const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1])
    if (heard.length < end + HEAD_END.length + length) return
    heard = Buffer.alloc(0)
    answered?.resolve(Number(head.slice(9, 12)))
  })
  socket.on('error', (error) => answered?.reject(error))
  socket.on('close', () => answered?.reject(new Error('the node hung up')))
  return {
    ask(method, path, body) {
      answered = Promise.withResolvers()
      const fields = [`Host: 127.0.0.1:${port}`]
      if (body !== undefined)
        fields.push(
          `Authorization: Bearer ${token}`,
          'Content-Type: application/json',
          `Content-Length: ${body.length}`,
        )
      socket.write(`${method} ${path} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n${body ?? ''}`)
      return answered.promise
    },
    close: () => socket.destroy(),
  }
}
