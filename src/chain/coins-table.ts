import { invariant } from '../base/errors.ts'
import type { Coin } from '../primitives/coin.ts'
import { HASH_BYTES, type Txid, writeHashId } from '../primitives/hash.ts'
import type { OutPoint } from '../primitives/outpoint.ts'
import type { RawOutPoint } from '../storage/keyspace.ts'

/*
 * A record, in 32-bit words. Amounts and heights are split so that every field is one word.
 */
const TXID = 0
const VOUT = 8
/** height times two, plus one for a coinbase */
const ORIGIN = 9
const VALUE_LOW = 10
const VALUE_HIGH = 11
/** flags in the low 16 bits, the script's length above them */
const FLAGS = 12
const SCRIPT = 13
const MAX_SCRIPT_BYTES = 36
const RECORD_WORDS = SCRIPT + MAX_SCRIPT_BYTES / 4

const PAGE_RECORDS = 4_096
const PAGE_BITS = 12

const MIN_SLOTS = 1_024
/** The index is doubled when it is fuller than this. */
const MAX_LOAD = 0.7

const SPREAD = 0x9e3779b1
const SPREAD_MORE = 0x85ebca6b

/** A record's number, or `NO_RECORD`. Numbers of records that are gone are used again. */
export type RecordNumber = number
export const NO_RECORD: RecordNumber = -1

/**
 * Coins by outpoint in flat memory: about a hundred bytes each, none of which the garbage collector has to look at.
 * Records live in pages; an open-addressed index of record numbers finds them by a salted hash of the outpoint, so that
 * nobody can choose txids that all fall on one place.
 */
export class CoinsTable {
  readonly #salt: number
  readonly #pages: Uint32Array[] = []
  /** the same memory, byte by byte */
  readonly #bytes: Uint8Array[] = []
  readonly #free: RecordNumber[] = []
  /** record numbers plus one; zero is empty */
  #slots = new Int32Array(MIN_SLOTS)
  #count = 0
  /** records that were ever in use: where the next new one is */
  #end = 0
  readonly #key = new Uint8Array(HASH_BYTES)
  readonly #keyWords = new Uint32Array(this.#key.buffer)
  /** the txid that `#key` holds: the outputs of one transaction follow each other */
  #keyTxid: Txid | undefined

  /** what `glance` shows, so that nothing is made for each coin: one array for each length of a script */
  readonly #glancedTxid = new Uint8Array(HASH_BYTES)
  readonly #glancedScripts = Array.from({ length: MAX_SCRIPT_BYTES + 1 }, (_, i) => new Uint8Array(i))

  /** @param salt - any 32 bits that others cannot guess */
  constructor(salt: number) {
    this.#salt = salt
  }

  /** records in use */
  get size(): number {
    return this.#count
  }

  /** memory of pages and index, in bytes */
  get bytes(): number {
    return this.#pages.length * PAGE_RECORDS * RECORD_WORDS * 4 + this.#slots.byteLength
  }

  /** One more than the highest record number in use. */
  get end(): RecordNumber {
    return this.#end
  }

  find(outPoint: OutPoint): RecordNumber {
    this.#setKey(outPoint.txid)
    return this.#slots[this.#slotOf(outPoint.vout)]! - 1
  }

  #setKey(txid: Txid): void {
    if (txid === this.#keyTxid) return
    writeHashId(txid, this.#key)
    this.#keyTxid = txid
  }

  /** Adds a coin that is not there yet. */
  add(outPoint: OutPoint, coin: Coin, flags: number): RecordNumber {
    if (this.#count >= MAX_LOAD * this.#slots.length) this.#grow()
    this.#setKey(outPoint.txid)
    const slot = this.#slotOf(outPoint.vout)
    invariant(this.#slots[slot] === 0, 'a coin is added to the cache once')
    const record = this.#free.pop() ?? this.#end++
    if (record >> PAGE_BITS >= this.#pages.length) {
      const page = new Uint32Array(PAGE_RECORDS * RECORD_WORDS)
      this.#pages.push(page)
      this.#bytes.push(new Uint8Array(page.buffer))
    }
    this.#slots[slot] = record + 1
    this.#count += 1
    const page = this.#page(record)
    const at = this.#at(record)
    for (let i = 0; i < 8; i++) page[at + TXID + i] = this.#keyWords[i]!
    page[at + VOUT] = outPoint.vout
    this.rewrite(record, coin, flags)
    return record
  }

  /** Puts another coin, of the same outpoint, into a record. */
  rewrite(record: RecordNumber, coin: Coin, flags: number): void {
    const page = this.#page(record)
    const at = this.#at(record)
    page[at + ORIGIN] = coin.height * 2 + (coin.coinbase ? 1 : 0)
    page[at + VALUE_LOW] = coin.value % 0x1_0000_0000
    page[at + VALUE_HIGH] = coin.value / 0x1_0000_0000
    const script = coin.scriptPubKey
    invariant(script.length <= MAX_SCRIPT_BYTES, 'a coin has a witness program')
    page[at + FLAGS] = flags | (script.length << 16)
    const start = 4 * (at + SCRIPT)
    const bytes = this.#bytes[record >> PAGE_BITS]!
    for (let i = 0; i < script.length; i++) bytes[start + i] = script[i]!
  }

  /** The coin, as a copy: the record may be another one's by the time that it is looked at. */
  coin(record: RecordNumber): Coin {
    return this.#coin(record, new Uint8Array(this.#scriptLength(record)))
  }

  #scriptLength(record: RecordNumber): number {
    return this.#page(record)[this.#at(record) + FLAGS]! >>> 16
  }

  /** @param scriptPubKey - where the script goes */
  #coin(record: RecordNumber, scriptPubKey: Uint8Array): Coin {
    const page = this.#page(record)
    const at = this.#at(record)
    const origin = page[at + ORIGIN]!
    const start = 4 * (at + SCRIPT)
    const bytes = this.#bytes[record >> PAGE_BITS]!
    for (let i = 0; i < scriptPubKey.length; i++) scriptPubKey[i] = bytes[start + i]!
    return {
      value: page[at + VALUE_LOW]! + page[at + VALUE_HIGH]! * 0x1_0000_0000,
      scriptPubKey,
      height: origin >>> 1,
      coinbase: (origin & 1) === 1,
    }
  }

  /** The coin with where it was made, both good until the next one is asked for: for going through many of them. */
  glance(record: RecordNumber): { readonly outPoint: RawOutPoint; readonly coin: Coin } {
    const page = this.#page(record)
    const at = this.#at(record)
    const txid = this.#glancedTxid
    const start = 4 * (at + TXID)
    const bytes = this.#bytes[record >> PAGE_BITS]!
    for (let i = 0; i < HASH_BYTES; i++) txid[i] = bytes[start + i]!
    return {
      outPoint: { txid, vout: page[at + VOUT]! },
      coin: this.#coin(record, this.#glancedScripts[this.#scriptLength(record)]!),
    }
  }

  flags(record: RecordNumber): number {
    return this.#page(record)[this.#at(record) + FLAGS]! & 0xffff
  }

  setFlags(record: RecordNumber, flags: number): void {
    const page = this.#page(record)
    const at = this.#at(record) + FLAGS
    page[at] = (page[at]! & 0xffff_0000) | flags
  }

  /** Takes the record out; its number is free for another coin. */
  remove(record: RecordNumber): void {
    const page = this.#page(record)
    const at = this.#at(record)
    for (let i = 0; i < 8; i++) this.#keyWords[i] = page[at + TXID + i]!
    this.#keyTxid = undefined
    this.#closeGap(this.#slotOf(page[at + VOUT]!))
    page[at + FLAGS] = 0
    this.#free.push(record)
    this.#count -= 1
  }

  /** Linear probing without tombstones: what stands behind a gap moves up where it still can be found. */
  #closeGap(slot: number): void {
    const mask = this.#slots.length - 1
    let gap = slot
    for (let next = (gap + 1) & mask; this.#slots[next] !== 0; next = (next + 1) & mask) {
      const home = this.#homeOf(this.#slots[next]! - 1)
      if (((next - home) & mask) < ((next - gap) & mask)) continue
      this.#slots[gap] = this.#slots[next]!
      gap = next
    }
    this.#slots[gap] = 0
  }

  #page(record: RecordNumber): Uint32Array {
    return this.#pages[record >> PAGE_BITS]!
  }

  #at(record: RecordNumber): number {
    return (record & (PAGE_RECORDS - 1)) * RECORD_WORDS
  }

  #hash(first: number, second: number, vout: number): number {
    let hash = Math.imul(first ^ this.#salt, SPREAD) ^ Math.imul(second + vout, SPREAD_MORE)
    hash = Math.imul(hash ^ (hash >>> 15), SPREAD)
    return (hash ^ (hash >>> 13)) & (this.#slots.length - 1)
  }

  #homeOf(record: RecordNumber): number {
    const page = this.#page(record)
    const at = this.#at(record)
    return this.#hash(page[at]!, page[at + 1]!, page[at + VOUT]!)
  }

  /** The slot of the outpoint whose txid is in `#key`, or the empty one where it would go. */
  #slotOf(vout: number): number {
    const words = this.#keyWords
    const mask = this.#slots.length - 1
    let slot = this.#hash(words[0]!, words[1]!, vout)
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const record = this.#slots[slot]! - 1
      const page = this.#page(record)
      const at = this.#at(record)
      if (page[at + VOUT] !== vout) continue
      let i = 0
      while (i < 8 && page[at + TXID + i] === words[i]) i++
      if (i === 8) return slot
    }
    return slot
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Int32Array(old.length * 2)
    const mask = this.#slots.length - 1
    for (const each of old) {
      if (each === 0) continue
      let slot = this.#homeOf(each - 1)
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = each
    }
  }
}
