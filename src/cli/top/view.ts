import { Box, Text, useApp, useInput, useWindowSize } from 'ink'
import { createElement as h, type ReactElement } from 'react'
import { cellText, tableLines } from '../table.ts'
import { peerColumns, type Section, sectionsOf } from './sections.ts'
import type { Snapshot } from './snapshot.ts'

export interface TopViewProps {
  /** the last one that there was */
  readonly snapshot: Snapshot | undefined
  /** why there is none that is newer */
  readonly failure: string | undefined
  /** Unix milliseconds */
  readonly now: number
}

// JSX would have to be built; these functions are what it stands for.

/** The whole screen. */
export function TopView({ snapshot, failure, now }: TopViewProps): ReactElement {
  const { exit } = useApp()
  const { rows } = useWindowSize()
  useInput((input) => {
    if (input === 'q') exit()
  })
  const boxes = snapshot === undefined ? [] : sectionsOf(snapshot, now)
  return h(
    Box,
    // A view as high as the screen would make it scroll.
    { flexDirection: 'column', height: Math.max(1, rows - 1), overflow: 'hidden' },
    h(
      Text,
      { wrap: 'truncate' },
      h(Text, { bold: true }, 'cairn top'),
      ` ${new Date(now).toISOString().slice(0, 19).replace('T', ' ')} UTC, q leaves`,
    ),
    failure === undefined ? null : h(Text, { color: 'red', wrap: 'truncate' }, cellText(failure)),
    h(Box, { flexShrink: 0 }, ...boxes.slice(0, 2).map(box)),
    h(Box, { flexShrink: 0 }, ...boxes.slice(2).map(box)),
    snapshot === undefined ? null : peerTable(snapshot, now),
  )
}

function box({ title, facts }: Section): ReactElement {
  const known = Object.entries(facts).filter(([, cell]) => cell !== undefined)
  return h(
    Box,
    { key: title, flexDirection: 'column', borderStyle: 'round', paddingX: 1, width: '50%' },
    h(Text, { bold: true, color: 'cyan' }, title),
    ...known.map(([name, cell]) =>
      h(Text, { key: name, wrap: 'truncate' }, h(Text, { dimColor: true }, name.padEnd(13)), cellText(cell)),
    ),
  )
}

function peerTable({ peers }: Snapshot, now: number): ReactElement {
  const [titles, ...lines] = tableLines(peers, peerColumns(now))
  return h(
    Box,
    { flexDirection: 'column', paddingX: 1, overflow: 'hidden' },
    h(Text, { bold: true, wrap: 'truncate' }, titles!),
    ...lines.map((line, at) => h(Text, { key: peers[at]!.id, wrap: 'truncate' }, line)),
  )
}
