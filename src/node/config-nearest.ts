/** Edit distance (Levenshtein) of two short texts. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}

const MAX_LENGTH = 64

/** The candidate that `text` was probably meant to be: at most a third of its letters wrong. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  if (text.length > MAX_LENGTH) return undefined
  let best: { candidate: string; distance: number } | undefined
  for (const candidate of candidates) {
    const found = distance(text.toLowerCase(), candidate.toLowerCase())
    if (found * 3 <= Math.max(text.length, 3) && (best === undefined || found < best.distance))
      best = { candidate, distance: found }
  }
  return best?.candidate
}
