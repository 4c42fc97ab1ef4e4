import type { CommandContext } from '../../src/cli/context.ts'
import { run } from '../../src/cli/run.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { createMachine } from '../../src/platform/node/machine.ts'
import { systemRandom } from '../../src/platform/node/random.ts'
import type { Machine } from '../../src/ports/machine.ts'
import { API_TOKEN, type ApiNode } from './api-node.ts'
import { createFakeClock } from './fake-clock.ts'

export interface CommandResult {
  readonly code: number
  /** standard output */
  readonly out: string
  /** standard error */
  readonly notes: string
}

export interface CliOptions {
  /** what is typed, or stands on standard input, line by line */
  readonly secrets?: readonly string[]
  /** whether a person sits there */
  readonly interactive?: boolean
  readonly environment?: Readonly<Record<string, string>>
  /** whose API answers, wherever it is asked for; nobody's unless told */
  readonly node?: Pick<ApiNode, 'app' | 'clock'>
  readonly machine?: Partial<Machine>
  /** goes to real nodes: `globalThis.fetch`; where `node` is left out */
  readonly fetch?: typeof globalThis.fetch
}

/** Runs one command line in this process, as a person or a script would. */
export async function cairn(args: readonly string[], options: CliOptions = {}): Promise<CommandResult> {
  const { secrets = [], interactive = false, environment = {}, node } = options
  const out: string[] = []
  const notes: string[] = []
  const answers = [...secrets]
  const terminal: Terminal = {
    interactive,
    print: (line) => void out.push(line),
    note: (line) => void notes.push(line),
    secrets: { interactive, ask: async () => answers.shift() ?? '' },
  }
  const context: CommandContext = {
    machine: { ...createMachine(), environment: withToken(environment, node), ...options.machine },
    terminal,
    clock: node?.clock ?? createFakeClock(),
    random: systemRandom,
    scryptCost: { N: 16, r: 8, p: 1 },
    fetch: node === undefined ? (options.fetch ?? nobodyListens) : fetchFrom(node),
  }
  const code = await run(args, context)
  return { code, out: out.join('\n'), notes: notes.join('\n') }
}

/** Where a node is given, commands have its token, as they would from its data directory. */
function withToken(
  environment: Readonly<Record<string, string>>,
  node: unknown,
): Readonly<Record<string, string>> {
  return node === undefined ? environment : { CAIRN_API_TOKEN: API_TOKEN, ...environment }
}

const nobodyListens: typeof fetch = async () => {
  throw new TypeError('fetch failed', {
    cause: Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }),
  })
}

/** fetch without a socket. */
function fetchFrom({ app }: Pick<ApiNode, 'app'>): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    const { pathname, search, host } = new URL(request.url)
    const payload = await request.text()
    const { statusCode, body } = await app.inject({
      method: request.method as 'GET' | 'POST' | 'DELETE',
      url: pathname + search,
      headers: { ...Object.fromEntries(request.headers), host },
      ...(payload === '' ? {} : { payload }),
    })
    return new Response(body, { status: statusCode })
  }
}
