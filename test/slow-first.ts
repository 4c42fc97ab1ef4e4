import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Folders whose files take long, mostly waiting: begun first, they do not hold up the end. */
const SLOW = ['adversaries', 'partition', 'sim', 'faults', 'e2e', 'cluster', 'platform', 'embed'].map(
  (folder) => `/test/${folder}/`,
)

/** Begins with what takes long. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = SLOW.findIndex((folder) => moduleId.includes(folder))
      return at < 0 ? SLOW.length : at
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}
