import { describe, expect, it } from 'vitest'
import { CairnError } from '../../src/base/errors.ts'
import { createPinoLogger, type PinoLoggerOptions } from '../../src/platform/node/pino-logger.ts'

async function createLog(options: Partial<PinoLoggerOptions> = {}) {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const logger = await createPinoLogger({
    level: 'info',
    format: 'json',
    colours: false,
    destination,
    ...options,
  })
  return { logger, lines, json: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

describe('the log', () => {
  it('is one JSON object a line: a fixed phrase, the fields, the part of the node', async () => {
    const { logger, json } = await createLog()
    logger.info('node started', { height: 3, addresses: ['/ip4/127.0.0.1/tcp/1'] })
    logger.child('network').warn('peer lost')
    expect(json()).toEqual([
      {
        level: 'info',
        time: expect.any(String),
        height: 3,
        addresses: ['/ip4/127.0.0.1/tcp/1'],
        msg: 'node started',
      },
      { level: 'warn', time: expect.any(String), component: 'network', msg: 'peer lost' },
    ])
    expect(Date.parse(json()[0]!.time as string)).not.toBeNaN()
  })

  it('leaves out what is below its level, and everything at silent', async () => {
    const { logger, lines } = await createLog({ level: 'warn' })
    logger.info('a')
    logger.debug('b')
    logger.error('c')
    expect(lines).toHaveLength(1)
    const silent = await createLog({ level: 'silent' })
    silent.logger.error('d')
    expect(silent.lines).toEqual([])
  })

  it('tells our failures by code and details, with their causes, and the stack of unexpected ones', async () => {
    const { logger, json } = await createLog()
    const cause = new CairnError('disk-full', 'no space left')
    logger.error('write failed', {
      error: new CairnError('store-failed', 'writing failed', { path: '/x' }, cause),
    })
    logger.error('crashed', { error: new TypeError('surprise') })
    expect(json()[0]!.error).toEqual({
      code: 'store-failed',
      message: 'writing failed',
      details: { path: '/x' },
      cause: { code: 'disk-full', message: 'no space left' },
    })
    expect(json()[1]!.error).toMatchObject({
      type: 'TypeError',
      message: 'surprise',
      stack: expect.any(String),
    })
  })

  it('writes work as the API does', async () => {
    const { logger, json } = await createLog()
    logger.info('tip changed', { work: 2n ** 80n })
    expect(json()[0]!.work).toBe('100000000000000000000')
  })

  it('fits a line for people', async () => {
    const { logger, lines } = await createLog({ format: 'pretty' })
    logger.child('chain').info('tip changed', { height: 7 })
    expect(lines.join('')).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: \[chain\] tip changed \{"height":7\}\n$/)
  })
})
