import { access, constants, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errorCode, errorMessage } from '../../base/errors.ts'
import { NETWORK_FILE, networkOfDirectory } from '../../node/config-network.ts'
import { type Finding, ok, type Patient, problem, warning } from './finding.ts'

/** A node stops storing somewhere below the first; bytes. */
const LEAST_ROOM = 100_000_000
const COMFORTABLE_ROOM = 2_000_000_000

const GIGABYTE = 1_000_000_000

/** Permission bits of everybody but the owner. */
const OTHERS = 0o077

/** Whether the folder is there or can be made, has room, is of the right network, and who uses it. */
export async function checkDataDirectory(patient: Patient): Promise<Finding[]> {
  const path = patient.config.dataDirectory
  const state = await folderState(path)
  if (state === 'none') return [await checkNewFolder(path), ...(await checkRoom(path))]
  if (state === 'no folder')
    return [problem('data directory', `${path} is not a folder`, 'choose another with --data-dir')]
  return [
    await checkFolder(path),
    ...(await checkRoom(path)),
    ...(await checkNetwork(patient)),
    checkLock(patient),
  ]
}

async function folderState(path: string): Promise<'folder' | 'no folder' | 'none'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'no folder'
  } catch (error) {
    return errorCode(error) === 'ENOTDIR' ? 'no folder' : 'none'
  }
}

async function isWritable(path: string): Promise<boolean> {
  return access(path, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
}

/** The nearest folder above that there is. */
async function existingParent(path: string): Promise<string> {
  const parent = dirname(path)
  return parent === path || (await folderState(parent)) !== 'none' ? parent : existingParent(parent)
}

async function checkNewFolder(path: string): Promise<Finding> {
  const parent = await existingParent(path)
  return (await isWritable(parent))
    ? ok('data directory', `${path} does not exist yet; the first start makes it`)
    : problem(
        'data directory',
        `${path} does not exist, and cannot be made in ${parent}`,
        `make ${parent} writable for this user, or choose another with --data-dir`,
      )
}

async function checkFolder(path: string): Promise<Finding> {
  const check = 'data directory'
  if (!(await isWritable(path)))
    return problem(
      check,
      `${path} cannot be read and written by this user`,
      'run as the user who owns it, or give it to this user',
    )
  if (process.platform !== 'win32' && ((await stat(path)).mode & OTHERS) !== 0)
    return warning(check, `${path} is open to other users`, `run: chmod 700 ${path}`)
  return ok(check, `${path} can be read and written`)
}

async function checkRoom(path: string): Promise<Finding[]> {
  const check = 'disk'
  const folder = (await folderState(path)) === 'folder' ? path : await existingParent(path)
  try {
    const { bavail, bsize } = await statfs(folder)
    const free = bavail * bsize
    const found = `${(free / GIGABYTE).toFixed(1)} GB are free`
    if (free < LEAST_ROOM)
      return [problem(check, found, 'make room: a node stores nothing on a disk that is full')]
    return [
      free < COMFORTABLE_ROOM
        ? warning(check, found, 'make room soon, or keep fewer blocks with --prune')
        : ok(check, found),
    ]
  } catch (error) {
    return [
      warning(check, `the free room of ${folder} is not known: ${errorMessage(error)}`, 'look at the disk'),
    ]
  }
}

async function checkNetwork({ config, context }: Patient): Promise<Finding[]> {
  const check = 'network'
  const { dataDirectory, network: wanted } = config
  const isSaid = await access(join(dataDirectory, NETWORK_FILE)).then(
    () => true,
    () => false,
  )
  if (!isSaid) return []
  try {
    const { name, id } = await networkOfDirectory(dataDirectory, context.machine)
    if (id === wanted.id) return [ok(check, `the data directory is of the network ${name} (${id})`)]
    return [
      problem(
        check,
        `the data directory is of the network ${name} (${id}), and ${wanted.name} (${wanted.id}) is wanted`,
        `leave out --network, or choose another with --data-dir`,
      ),
    ]
  } catch (error) {
    return [problem(check, errorMessage(error), `restore ${NETWORK_FILE} from another node of the network`)]
  }
}

function checkLock({ node: { file, runs } }: Patient): Finding {
  const check = 'lock'
  if (file === undefined) return ok(check, 'no process uses the data directory')
  const since = new Date(file.startedAt).toISOString()
  return runs
    ? ok(check, `process ${file.pid} uses the data directory since ${since}`)
    : warning(
        check,
        `process ${file.pid} has used the data directory since ${since} and ended without saying so`,
        'look why it was killed; the next start goes on by itself',
      )
}
