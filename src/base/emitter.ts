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
  const listeners = new Map<keyof Events, Set<(event: never) => void>>()
  return {
    on(type, listener) {
      const set = listeners.get(type) ?? new Set()
      listeners.set(type, set)
      set.add(listener as (event: never) => void)
      return () => set.delete(listener as (event: never) => void)
    },
    emit(type, event) {
      for (const listener of [...(listeners.get(type) ?? [])]) {
        try {
          listener(event as never)
        } catch (error) {
          onListenerError(error)
        }
      }
    },
  }
}
