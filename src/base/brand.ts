declare const brand: unique symbol

/** A nominal type: a `Base` that only the decoder or constructor of `Name` may hand out. */
export type Brand<Base, Name extends string> = Base & {
  readonly [brand]: Name
}
