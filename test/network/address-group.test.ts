import { describe, expect, it } from 'vitest'
import { addressGroup } from '../../src/network/address-group.ts'

describe('address group', () => {
  it.for([
    ['/ip4/8.8.4.4/tcp/1', '8.8'],
    ['/ip4/8.8.200.1/tcp/1/ws', '8.8'],
    ['/ip6/2001:db8:1::1/tcp/1', '2001:db8'],
    ['/dns4/node.example.org/tcp/443/tls/ws', 'node.example.org'],
  ] as const)('of %s is %s', ([address, group]) => {
    expect(addressGroup(address)).toBe(group)
  })

  it.for([
    '/ip4/127.0.0.1/tcp/1',
    '/ip4/10.1.2.3/tcp/1',
    '/ip4/172.16.0.1/tcp/1',
    '/ip4/172.31.255.1/tcp/1',
    '/ip4/192.168.1.1/tcp/1',
    '/ip4/169.254.1.1/tcp/1',
    '/ip4/100.64.0.1/tcp/1',
    '/ip6/::1/tcp/1',
    '/ip6/fe80::1/tcp/1',
    '/ip6/fd00::1/tcp/1',
  ])('of a private address is none: %s', (address) => {
    expect(addressGroup(address)).toBeUndefined()
  })

  it.for(['/ip4/172.32.0.1/tcp/1', '/ip4/100.128.0.1/tcp/1', '/ip4/192.169.0.1/tcp/1'])(
    'of an address beside the private ranges is one: %s',
    (address) => {
      expect(addressGroup(address)).toBeDefined()
    },
  )
})
