/** Where events of the types in `Events` (name to payload) can be listened to. */
export interface EventSource<Events> {
  /** Calls `listener` on every such event from now on; returns the way to stop that. */
  on<K extends keyof Events>(type: K, listener: (event: Events[K]) => void): () => void
}

/** The sending side: events tell what has happened, in the past tense, and listeners cannot hold the sender up. */
export interface Emitter<Events> extends EventSource<Events> {
  emit<K extends keyof Events>(type: K, event: Events[K]): void
}

/** @param onListenerError - where a listener's exception goes: it never reaches the sender */
export function createEmitter<Events>(onListenerError: (error: unknown) => void = () => {}): Emitter<Events> {
  interface Registration {
    readonly listener: (event: never) => void
  }
  const registrations = new Map<keyof Events, Set<Registration>>()
  return {
    on(type, listener) {
      const set = registrations.get(type) ?? new Set()
      registrations.set(type, set)
      // an object of its own, so that one function can listen twice and stop once
      const registration: Registration = { listener: listener as (event: never) => void }
      set.add(registration)
      return () => set.delete(registration)
    },
    emit(type, event) {
      const set = registrations.get(type)
      if (set === undefined) return
      for (const registration of [...set]) {
        // an earlier listener may have stopped this one
        if (!set.has(registration)) continue
        try {
          registration.listener(event as never)
        } catch (error) {
          onListenerError(error)
        }
      }
    },
  }
}
