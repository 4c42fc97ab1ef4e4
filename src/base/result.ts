/** The outcome of something that may be refused: a broken rule is a value, never an exception. */
export type Result<T, E> = Ok<T> | Err<E>
export interface Ok<T> {
  readonly ok: true
  readonly value: T
}
export interface Err<E> {
  readonly ok: false
  readonly error: E
}

export const ok = <T>(value: T): Ok<T> => ({ ok: true, value })
export const err = <E>(error: E): Err<E> => ({ ok: false, error })

/** Success without a value, shared so that hot paths do not allocate. */
export const OK: Ok<undefined> = ok(undefined)
