import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What of V8's `.cpuprofile` is read here; times are microseconds of the monotonic clock. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: {
      readonly functionName: string
      readonly url: string
      readonly lineNumber: number
    }
  }[]
  readonly startTime: number
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

function placeOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const file = url.startsWith('file:') ? relative(ROOT, fileURLToPath(url)) : url
  return `${functionName || '(anonymous)'} ${file === '' ? '' : `${file}:${lineNumber + 1}`}`.trimEnd()
}

/** Microseconds by function, without those that it called, from `from` to `to`. */
function selfTimes(profile: CpuProfile, from: number, to: number): Map<string, number> {
  const places = new Map(profile.nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]))
  const times = new Map<string, number>()
  let at = profile.startTime
  for (const [index, sample] of profile.samples.entries()) {
    at += profile.timeDeltas[index]!
    if (at < from || at > to) continue
    // A sample stands until the next one.
    const length = profile.timeDeltas[index + 1] ?? 0
    const place = places.get(sample)!
    times.set(place, (times.get(place) ?? 0) + length)
  }
  return times
}

/** The functions with the most time of their own in each thread's profile in the folder, one line each. */
export async function topSelfTimes(folder: string, from: number, to: number, count = 20): Promise<string[]> {
  const lines: string[] = []
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile')).sort()) {
    const profile = JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile
    const times = [...selfTimes(profile, from, to)].sort(([, a], [, b]) => b - a)
    const total = times.reduce((sum, [, time]) => sum + time, 0)
    if (total === 0) continue
    lines.push(`${join(folder, file)}: ${(total / 1e6).toFixed(2)} s`)
    for (const [place, time] of times.slice(0, count))
      lines.push(
        `${((100 * time) / total).toFixed(1).padStart(6)} %  ${(time / 1e3).toFixed(0).padStart(6)} ms  ${place}`,
      )
  }
  return lines
}
