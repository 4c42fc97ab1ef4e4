import { cpus } from 'node:os'

/** Milliseconds that all cores were busy since the machine was started. */
const busyMs = (): number =>
  cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0)

/**
 * Watches how busy the rest of the machine is from now on.
 * @returns the way to ask: how many cores other processes have used on average; 0 on a quiet machine
 */
export function watchOtherLoad(): () => number {
  const [from, busy, own] = [performance.now(), busyMs(), process.cpuUsage()]
  return () => {
    const { user, system } = process.cpuUsage(own)
    const others = busyMs() - busy - (user + system) / 1_000
    return Math.max(0, others / (performance.now() - from))
  }
}
