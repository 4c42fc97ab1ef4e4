import { CommanderError } from 'commander'
import type { CommandContext } from './context.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { exitCodeOf, failureText } from './failure.ts'
import { createProgram, exitCodeOfCommander } from './program.ts'

/**
 * Runs one command line and resolves with its exit code; failures are told on standard error.
 * @param args - what follows the program's name
 */
export async function run(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  let code: ExitCode = EXIT.ok
  const program = createProgram({
    context,
    end: (ended) => {
      code = ended
    },
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return exitCodeOfCommander(error.exitCode)
    context.terminal.note(failureText(error))
    return exitCodeOf(error)
  }
}
