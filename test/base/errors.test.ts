import { describe, expect, it } from 'vitest'
import { CairnError, errorCode, errorMessage, invariant } from '../../src/base/errors.ts'

describe('errors', () => {
  it('carry a code, details and a cause', () => {
    const cause = new Error('EIO')
    const error = new CairnError('store-failed', 'the disk failed', { path: '/x' }, cause)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'CairnError', code: 'store-failed', details: { path: '/x' }, cause })
    expect('cause' in new CairnError('a', 'b')).toBe(false)
  })

  it('have a code where there is one, and always a message', () => {
    expect(errorCode(new CairnError('a', 'b'))).toBe('a')
    expect(errorCode(Object.assign(new Error('x'), { code: 'ENOENT' }))).toBe('ENOENT')
    for (const thrown of [undefined, null, 1, 'text', {}, { code: 7 }])
      expect(errorCode(thrown)).toBeUndefined()
    expect([errorMessage(new Error('why')), errorMessage('text'), errorMessage(undefined)]).toEqual([
      'why',
      'text',
      'undefined',
    ])
  })

  it('crash where an invariant is broken', () => {
    expect(() => invariant(0, 'zero')).toThrow('invariant broken: zero')
    expect(() => invariant('yes', 'text')).not.toThrow()
  })
})
