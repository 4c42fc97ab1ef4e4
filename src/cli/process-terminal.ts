import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { CairnError } from '../base/errors.ts'
import type { SecretInput, Terminal } from './terminal.ts'

/** No passphrase and no list of words is longer: bytes. */
const MAX_LINE = 4_096

const CLEAR_LINE = '\u001b[2K'

/** The terminal or the pipes of this process. */
export function createProcessTerminal(): Terminal {
  // Whoever reads our output may stop to, as `head` does: nothing is left to say then.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit()
    throw error
  })
  let status = false
  const showStatus = (line: string): void => {
    if (line === '' && !status) return
    // A line that wraps could not be taken back.
    process.stderr.write(`\r${CLEAR_LINE}${line.slice(0, Math.max(process.stderr.columns - 1, 0))}`)
    status = line !== ''
  }
  return {
    interactive: process.stdout.isTTY === true,
    print: (line) => {
      showStatus('')
      process.stdout.write(`${line}\n`)
    },
    note: (line) => {
      showStatus('')
      process.stderr.write(`${line}\n`)
    },
    showStatus: process.stderr.isTTY === true ? showStatus : undefined,
    secrets: createSecretInput(process.stdin, process.stderr),
    screen:
      process.stdin.isTTY === true && process.stdout.isTTY === true
        ? { input: process.stdin, output: process.stdout }
        : undefined,
  }
}

type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean }

/** Prompts go to `prompts`, so that standard output stays the answer's; what is typed is not shown. */
export function createSecretInput(input: Input, prompts: NodeJS.WritableStream): SecretInput {
  const interactive = input.isTTY === true
  const nextLine = interactive ? undefined : createLineReader(input)
  return {
    interactive,
    ask: (prompt) => nextLine?.() ?? askHidden(input, prompts, prompt),
  }
}

function askHidden(input: Input, prompts: NodeJS.WritableStream, prompt: string): Promise<string> {
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: unseen, terminal: true })
  prompts.write(prompt)
  return new Promise<string>((resolve, reject) => {
    lines.once('line', resolve)
    lines.once('SIGINT', () => reject(new CairnError('interrupted', 'interrupted')))
    lines.once('close', () => reject(new CairnError('interrupted', 'no answer: the input has ended')))
  }).finally(() => {
    lines.close()
    prompts.write('\n')
  })
}

/** Reads a pipe line by line, no further than it is asked to. */
function createLineReader(input: Input): () => Promise<string> {
  const chunks = input[Symbol.asyncIterator]()
  let buffered = ''
  let ended = false
  return async () => {
    while (!buffered.includes('\n') && !ended) {
      const { value, done } = await chunks.next()
      if (done) ended = true
      else buffered += value.toString()
      if (buffered.length > MAX_LINE && !buffered.slice(0, MAX_LINE).includes('\n'))
        throw new CairnError(
          'input-too-long',
          `a line of standard input is longer than ${MAX_LINE} characters`,
        )
    }
    const end = buffered.indexOf('\n')
    const line = end < 0 ? buffered : buffered.slice(0, end)
    buffered = end < 0 ? '' : buffered.slice(end + 1)
    return line.endsWith('\r') ? line.slice(0, -1) : line
  }
}
