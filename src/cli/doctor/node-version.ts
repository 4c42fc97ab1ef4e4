import packageJson from '../../../package.json' with { type: 'json' }
import { type Finding, ok, problem, warning } from './finding.ts'

const majorOf = (version: string): number => Number(version.split('.', 1)[0])

/** The Node that the package brings along is the one that everything was tested with. @param version - `24.21.0` */
export function checkNodeVersion(version: string): Finding {
  const check = 'Node'
  const tested = majorOf(packageJson.devDependencies.node)
  const major = majorOf(version)
  const found = `Node ${version}`
  if (major === tested) return ok(check, found)
  const advice = `run it with Node ${tested}, which \`npm run cairn\` does`
  return major < tested
    ? problem(check, `${found} is too old`, advice)
    : warning(check, `${found} has not been tested`, advice)
}
