/** BIP113: the median of up to eleven header times, in seconds (the upper one of an even number). */
export function medianTime(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
