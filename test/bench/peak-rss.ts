import { readFileSync } from 'node:fs'

/**
 * The most that this process has held in memory, in bytes. Linux's resource usage would count the process that started
 * this one (`exec` hands its peak on).
 */
export function peakRss(): number {
  if (process.platform === 'linux') {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))
    if (peak !== null) return Number(peak[1]) * 1_024
  }
  return process.resourceUsage().maxRSS * 1_024
}
