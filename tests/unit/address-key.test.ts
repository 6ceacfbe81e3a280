import { expect, test } from 'vitest'
import { addressKey } from '../../src/redis/rate-limits.js'

// Mutation check: those with a port, with brackets or hexadecimal are red without the first two lines of addressKey, and its look for mapped addresses.
test.each([
  ['1.2.3.4', '1.2.3.4'],
  ['::ffff:1.2.3.4', '1.2.3.4'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::9', '2001:db8:1:2'],
  ['2001:0db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['1.2.3.4:5678', '1.2.3.4'],
  ['[2001:db8::1]:443', '2001:db8:0:0'],
  ['[2001:db8::1]', '2001:db8:0:0'],
  ['[::ffff:1.2.3.4]:443', '1.2.3.4'],
  ['::ffff:c0a8:1', '192.168.0.1'],
  ['0:0:0:0:0:FFFF:c0a8:0001', '192.168.0.1'],
  ['2001:db8::ffff:c0a8:1', '2001:db8:0:0'],
  ['64:ff9b::1.2.3.4', '64:ff9b:0:0'],
  ['unknown', 'unknown'],
  ['', ''],
])('the address %s counts as %s', (ip, key) => expect(addressKey(ip)).toBe(key))
