/** `target` with some of its members replaced; the others go on working on `target` itself, private fields and all. */
export function withOverrides<T extends object>(target: T, overrides: Partial<T>): T {
  return new Proxy(target, {
    get(_, key) {
      if (key in overrides) return Reflect.get(overrides, key)
      const member: unknown = Reflect.get(target, key)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}
