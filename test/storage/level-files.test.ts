import { describe, expect, it } from 'vitest'
import {
  isUnborn,
  liveLogs,
  manifestNumber,
  manifestOf,
  missingFile,
  sortLevelFiles,
} from '../../src/storage/level-files.ts'

const text = (value: string) => new TextEncoder().encode(value)
const version = (logNumber: number, ...tables: number[]) => ({
  logNumber,
  nextFileNumber: 100,
  lastSequence: 0,
  tables: tables.map((number) => ({ number, size: 1 })),
})

describe('the files of a database', () => {
  const files = sortLevelFiles([
    'CURRENT',
    'LOCK',
    'LOG',
    'LOG.old',
    'MANIFEST-000012',
    'MANIFEST-000012.bak',
    '000013.dbtmp',
    '000010.log',
    '000009.log',
    '000007.log',
    '000005.ldb',
    '000005.sst',
    '000006.sst',
    '6.ldb',
    'clean-shutdown',
  ])

  it('are told by their names', () => {
    expect(files.current).toBe(true)
    expect(files.manifests).toEqual(['MANIFEST-000012'])
    expect([...files.logs.keys()]).toEqual([10, 9, 7])
    expect(files.tables).toEqual(
      new Map([
        [5, '000005.ldb'],
        [6, '000006.sst'],
      ]),
    )
    expect(manifestNumber('MANIFEST-000012')).toBe(12)
    expect(manifestNumber('MANIFEST-1000000')).toBe(1_000_000)
  })

  it('are replayed in order from the log that MANIFEST names', () => {
    expect(liveLogs(files, version(9))).toEqual(['000009.log', '000010.log'])
    expect(liveLogs(files, version(0))).toEqual(['000007.log', '000009.log', '000010.log'])
  })

  it('are missed where MANIFEST names them', () => {
    expect(missingFile(files, version(9, 5, 6))).toBeUndefined()
    expect(missingFile(files, version(9, 5, 8, 6))).toBe('000008.ldb')
    expect(missingFile(files, version(8, 5))).toBe('000008.log')
    // before a first log has been made
    expect(missingFile(sortLevelFiles(['CURRENT', 'MANIFEST-000001']), version(0))).toBeUndefined()
  })

  it('are none yet where there is at most the first MANIFEST', () => {
    for (const names of [[], ['LOCK', 'LOG'], ['MANIFEST-000001', '000001.dbtmp', 'LOCK']])
      expect(isUnborn(sortLevelFiles(names))).toBe(true)
    for (const name of ['CURRENT', 'MANIFEST-000002', '000003.log', '000003.ldb'])
      expect(isUnborn(sortLevelFiles(['MANIFEST-000001', name]))).toBe(false)
  })

  it('begin with a CURRENT that holds the name of a MANIFEST and the end of its line', () => {
    expect(manifestOf(text('MANIFEST-000012\n'))).toEqual({ ok: true, value: 'MANIFEST-000012' })
    for (const wrong of ['', '\n', 'MANIFEST-000012', 'MANIFEST-00001x\n', 'MANIFEST-000012\n\n', '../x\n'])
      expect(manifestOf(text(wrong)).ok).toBe(false)
  })
})
