/** A lock time below this is a height, from here on a Unix time in seconds. */
export const LOCKTIME_THRESHOLD = 500_000_000

/** The sequence of an input that lets its transaction's lock time not count. */
export const SEQUENCE_FINAL = 0xffff_ffff

/** BIP68: with this bit a sequence is no relative lock. */
export const SEQUENCE_DISABLE = 0x8000_0000

/** BIP68: with this bit a relative lock counts units of 512 s, without it blocks. */
export const SEQUENCE_TYPE_TIME = 1 << 22

/** BIP68: the bits that say how long. */
export const SEQUENCE_MASK = 0xffff
