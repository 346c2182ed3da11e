import { expect, it } from 'vitest';
import { binaryAddress, binaryPort } from './binary-ends.js';

it.each([
  ['10.0.0.9', [10, 0, 0, 9]],
  ['2001:db8::5', [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]],
  ['::', Array.from({ length: 16 }, () => 0)],
  ['1:2:3:4:5:6:7:8', [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
  ['1::2::3', []],
  ['1:2', []],
  ['300.1.1.1', []],
  ['somewhere', []],
  ['', []],
])('writes %s in binary', (address, bytes) => {
  expect([...binaryAddress(address, 'big')]).toEqual(bytes);
  expect([...binaryAddress(address, 'little')]).toEqual([...bytes].reverse());
});

it('writes a port in both orders', () => {
  expect([...binaryPort(0x1234, 'big')]).toEqual([0x12, 0x34]);
  expect([...binaryPort(0x1234, 'little')]).toEqual([0x34, 0x12]);
});
