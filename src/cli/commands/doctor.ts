import { loadConfig } from '../../node/config-load.ts'
import type { CommandContext } from '../context.ts'
import { checkClock } from '../doctor/clock.ts'
import { checkDataDirectory } from '../doctor/data-directory.ts'
import type { Finding } from '../doctor/finding.ts'
import { checkNode, findLiveNode } from '../doctor/live-node.ts'
import { checkNodeVersion } from '../doctor/node-version.ts'
import { checkPeers } from '../doctor/peers.ts'
import { checkPorts } from '../doctor/ports.ts'
import { checkSecretFiles } from '../doctor/secret-files.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { printJson, printTable } from '../table.ts'
import type { StartOptions } from './start.ts'

export interface DoctorOptions extends StartOptions {
  readonly json?: boolean | undefined
}

/** `cairn doctor` */
export async function doctor(options: DoctorOptions, context: CommandContext): Promise<ExitCode> {
  const { terminal, machine } = context
  const config = await loadConfig(options.flags, options.config, machine)
  const node = await findLiveNode(config, context)
  const patient = { config, node, context }
  const findings: Finding[] = [
    checkNodeVersion(process.versions.node),
    ...(await checkDataDirectory(patient)),
    ...(await checkSecretFiles(patient)),
    ...(await checkPorts(patient)),
    ...(await checkClock(patient)),
    ...checkNode(patient),
    ...(await checkPeers(patient)),
  ]
  const isWell = findings.every(({ status }) => status !== 'problem')
  if (options.json) printJson(terminal, { well: isWell, findings })
  else
    printTable(terminal, findings, [
      { title: 'CHECK', cell: ({ check }) => check },
      { title: 'RESULT', cell: ({ status }) => status },
      { title: 'FOUND', cell: ({ found }) => found },
      { title: 'WHAT TO DO', cell: ({ advice }) => advice },
    ])
  return isWell ? EXIT.ok : EXIT.failed
}
