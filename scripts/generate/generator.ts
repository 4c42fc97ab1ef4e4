/** Something whose output is committed: `npm run generate` writes it, `--check` tells whether it is up to date. */
export interface Generator {
  readonly name: string
  /** What the files have to contain, by path from the repository's root with forward slashes. Deterministic. */
  outputs(): Promise<ReadonlyMap<string, string>>
}
