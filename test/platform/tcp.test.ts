import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { gatherWrites } from '../../src/platform/node/tcp.ts'

/** A connection whose socket says what is done to it. */
function setting() {
  const done: string[] = []
  const connection = {
    socket: { cork: () => void done.push('cork'), uncork: () => void done.push('uncork') },
    sendData(data: string) {
      done.push(data)
      return { sentBytes: data.length, canSendMore: true }
    },
  }
  gatherWrites(connection)
  return { done, connection }
}

describe('a TCP connection', () => {
  it('gathers what is sent until everything that is ready to run has run', async () => {
    const { done, connection } = setting()
    expect(connection.sendData('one')).toEqual({ sentBytes: 3, canSendMore: true })
    await Promise.resolve()
    connection.sendData('two')
    await Promise.resolve()
    expect(done).toEqual(['cork', 'one', 'two'])
    await setImmediate()
    expect(done).toEqual(['cork', 'one', 'two', 'uncork'])
    connection.sendData('three')
    await setImmediate()
    expect(done.slice(4)).toEqual(['cork', 'three', 'uncork'])
  })
})
