/** The native binding alone: the package's own entry falls back to a slow implementation without a word. */
declare module 'secp256k1/bindings.js' {
  const bindings: typeof import('secp256k1')
  export default bindings
}
