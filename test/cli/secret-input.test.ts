import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { createSecretInput } from '../../src/cli/process-terminal.ts'

function pipe() {
  const input = new PassThrough()
  const prompts = new PassThrough()
  return {
    input,
    prompts,
    secrets: createSecretInput(input, prompts),
    said: () => prompts.read()?.toString() ?? '',
  }
}

function terminal() {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} })
  const prompts = new PassThrough()
  return {
    input,
    prompts,
    secrets: createSecretInput(input, prompts),
    said: () => prompts.read()?.toString() ?? '',
  }
}

describe('on a terminal', () => {
  it('shows the prompt and nothing of what is typed', async () => {
    const { input, secrets, said } = terminal()
    const answer = secrets.ask('Passphrase: ')
    input.write('hunter2\r')
    expect(await answer).toBe('hunter2')
    expect(said()).toBe('Passphrase: \n')
  })

  it('asks one thing after the other', async () => {
    const { input, secrets } = terminal()
    const first = secrets.ask('1')
    input.write('one\r')
    expect(await first).toBe('one')
    const second = secrets.ask('2')
    input.write('\r')
    expect(await second).toBe('')
  })

  it('is left with Ctrl-C and with Ctrl-D', async () => {
    for (const key of ['\u0003', '\u0004']) {
      const { input, secrets } = terminal()
      const answer = secrets.ask('Passphrase: ')
      input.write(key)
      await expect(answer).rejects.toMatchObject({ code: 'interrupted' })
    }
  })
})

describe('on a pipe', () => {
  it('takes an answer a line, with no prompt, and empty ones after the end', async () => {
    const { input, secrets, said } = pipe()
    input.end('one\ntwo\r\nthree')
    const answers = []
    for (let i = 0; i < 4; i++) answers.push(await secrets.ask('?'))
    expect(answers).toEqual(['one', 'two', 'three', ''])
    expect(said()).toBe('')
  })

  it('puts together what comes in pieces', async () => {
    const { input, secrets } = pipe()
    const answer = secrets.ask('?')
    input.write('on')
    input.write('e\nt')
    expect(await answer).toBe('one')
  })

  it('reads no line without end', async () => {
    const { input, secrets } = pipe()
    input.write('x'.repeat(10_000))
    await expect(secrets.ask('?')).rejects.toMatchObject({ code: 'input-too-long' })
  })
})
