/**
 * Compiles and instantiates a module here and now: for kernels of some kilobytes.
 * @param base64 - the binary, as `npm run generate` writes it
 * @throws where the engine cannot, or may not, compile it
 */
export function instantiateWasm<Exports>(base64: string): Exports {
  const binary = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))
  return new WebAssembly.Instance(new WebAssembly.Module(binary)).exports as unknown as Exports
}
