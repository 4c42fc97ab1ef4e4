import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode, errorMessage } from '../../base/errors.ts'
import { apiCookiePath } from '../../platform/node/api-cookie.ts'
import { createWalletFiles } from '../../platform/node/wallet-files.ts'
import { type Finding, ok, type Patient, problem, warning } from './finding.ts'

const CHECK = 'secret files'
const OTHERS = 0o077

/** Whether keys, wallets and the API's token can be read by their owner alone. */
export async function checkSecretFiles({ config }: Patient): Promise<Finding[]> {
  // Windows has no such bits.
  if (process.platform === 'win32') return []
  const { dataDirectory, p2p } = config
  const wallets = createWalletFiles(dataDirectory)
  let names: string[] = []
  const findings: Finding[] = []
  try {
    names = await wallets.list()
  } catch (error) {
    findings.push(problem(CHECK, errorMessage(error), 'run as the user who owns the data directory'))
  }
  const paths = [
    join(dataDirectory, 'identity.key'),
    apiCookiePath(dataDirectory),
    ...names.map((name) => wallets.path(name)),
    ...(p2p.privateKeyFile === undefined ? [] : [p2p.privateKeyFile]),
  ]
  let there = 0
  for (const path of paths) {
    const finding = await checkFile(path, path === p2p.privateKeyFile)
    if (finding === 'private') there += 1
    else if (finding !== 'missing') findings.push(finding)
  }
  if (findings.length === 0 && there > 0)
    findings.push(ok(CHECK, `${there} of them, each for its owner alone`))
  return findings
}

async function checkFile(path: string, isWanted: boolean): Promise<Finding | 'private' | 'missing'> {
  try {
    const { mode } = await stat(path)
    if ((mode & OTHERS) === 0) return 'private'
    const bits = (mode & 0o777).toString(8).padStart(4, '0')
    return problem(CHECK, `${path} is open to other users (${bits})`, `run: chmod 600 ${path}`)
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR')
      return isWanted
        ? problem(
            CHECK,
            `${path} does not exist`,
            'make one with `cairn private-key`, or copy that of the network',
          )
        : 'missing'
    return warning(
      CHECK,
      `${path} cannot be looked at: ${errorMessage(error)}`,
      'run as the user who owns it',
    )
  }
}
