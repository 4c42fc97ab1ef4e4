import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/base/bytes.ts'
import { countSigops, witnessSigops } from '../../src/script/sigops.ts'
import { p2wpkhScript, p2wshScript } from '../../src/script/templates.ts'
import { assemble } from './core-script.ts'

const P2WSH = p2wshScript(new Uint8Array(32))

describe('the signature operations of a script (BIP141)', () => {
  it.each([
    ['', 0],
    ['1', 0],
    ['CHECKSIG', 1],
    ['CHECKSIGVERIFY CHECKSIG', 2],
    ['1 CHECKMULTISIG', 1],
    ['3 CHECKMULTISIGVERIFY', 3],
    ['16 CHECKMULTISIG', 16],
    // only OP_1 to OP_16 right before it say how many keys there are
    ['0 CHECKMULTISIG', 20],
    ['17 CHECKMULTISIG', 20],
    ['0x01 0x03 CHECKMULTISIG', 20],
    ['3 NOP CHECKMULTISIG', 20],
    ['CHECKMULTISIG', 20],
    ['2 0 0 CHECKMULTISIG 2 CHECKMULTISIG', 22],
    // executed or not
    ['0 IF CHECKSIG 2 CHECKMULTISIG ENDIF 1', 3],
    ['RETURN CHECKSIG', 1],
    // what is pushed is no operation
    ['0x03 0xacacae', 0],
    ['0x4c 0x02 0xacac CHECKSIG', 1],
    // up to a push that reaches past the end
    ['CHECKSIG 0x05 0xacac', 1],
    ['CHECKSIG 0x4e 0xffffffff 0xac', 1],
  ])('%s: %i', (script, count) => {
    expect(countSigops(assemble(script))).toBe(count)
  })
})

describe('the signature operations of an input', () => {
  it('are one for P2WPKH, whatever its witness', () => {
    expect(witnessSigops(p2wpkhScript(new Uint8Array(20)), [])).toBe(1)
  })

  it('are those of the script for P2WSH, the last item of its witness', () => {
    const multisig = assemble("2 'a' 'b' 'c' 3 CHECKMULTISIG")
    expect(witnessSigops(P2WSH, [assemble('CHECKSIG'), multisig])).toBe(3)
    expect(witnessSigops(P2WSH, [multisig, assemble('1')])).toBe(0)
    expect(witnessSigops(P2WSH, [])).toBe(0)
  })

  it('are none for other outputs', () => {
    expect(witnessSigops(concatBytes(P2WSH, Uint8Array.of(0)), [assemble('CHECKSIG')])).toBe(0)
  })
})
