/** Remembers at least the last `capacity` members that were added, and at most twice as many. */
export interface RollingSet<T> {
  has(member: T): boolean
  add(member: T): void
  delete(member: T): void
  clear(): void
}

export function createRollingSet<T>(capacity: number): RollingSet<T> {
  let newer = new Set<T>()
  let older = new Set<T>()
  return {
    has: (member) => newer.has(member) || older.has(member),
    add(member) {
      newer.add(member)
      if (newer.size < capacity) return
      older = newer
      newer = new Set()
    },
    delete(member) {
      newer.delete(member)
      older.delete(member)
    },
    clear() {
      newer = new Set()
      older = new Set()
    },
  }
}
