import { UsageError } from './failure.ts'

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }
const DURATION = /^(\d{1,9})([smhdw])$/

/**
 * Seconds of a duration such as `90s`, `30m`, `24h`, `7d` or `2w`.
 * @param flag - what the value was given as
 * @throws UsageError where it is none, or longer than `most`
 */
export function parseDuration(text: string, flag: string, most: number): number {
  const [, digits, unit] = DURATION.exec(text) ?? []
  const seconds = digits === undefined ? 0 : Number(digits) * SECONDS[unit!]!
  if (seconds < 1 || seconds > most)
    throw new UsageError(
      `${flag} is ${JSON.stringify(text)}, but has to be a duration such as 90s, 30m, 24h, 7d or 2w`,
    )
  return seconds
}

/** The largest unit that says it in whole numbers, rounded down: `3 h`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.floor(seconds / 3_600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}
