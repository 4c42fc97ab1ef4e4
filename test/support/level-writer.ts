import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('./level-writer-main.ts', import.meta.url))

/**
 * Lets a process write the history up to the given batch, and kills it.
 * @param when - told each line of the process (`opening`, `open`, the number of each batch once it is written): resolves
 * when it is to be killed
 * @returns the last batch that it told of
 */
export async function writeAndKill(
  folder: string,
  to: number,
  when: (line: string, kill: () => void) => void,
): Promise<number> {
  const writer = spawn(process.execPath, [MAIN, folder, String(to)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(writer, 'exit')
  let told = 0
  for await (const line of createInterface(writer.stdout)) {
    if (/^\d+$/.test(line)) told = Number(line)
    when(line, () => writer.kill('SIGKILL'))
  }
  await ended
  return told
}
