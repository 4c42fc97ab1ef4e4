import { describe, expect, it } from 'vitest'
import { CairnError } from '../../src/base/errors.ts'
import { exitCodeOf, failureText } from '../../src/cli/failure.ts'

describe('a failure that has others in its wake', () => {
  it('is told as the one that came first', () => {
    const first = new CairnError('config-invalid', 'the first cause')
    const wake = new SuppressedError(
      new Error('third'),
      new SuppressedError(new Error('second'), first, ''),
      '',
    )
    expect(failureText(wake)).toBe('cairn: the first cause')
    expect(exitCodeOf(wake)).toBe(2)
  })
})
