/**
 * Integers out of bytes. Plain functions and not a DataView, because one DataView for each packet
 * costs more than all reads from it. A place outside the bytes reads as zero: headers check their
 * length once, before their fields are read.
 */

export function u8(data: Uint8Array, at: number): number {
  return data[at] ?? 0;
}

/** Big-endian, as all network headers are. */
export function u16(data: Uint8Array, at: number): number {
  return ((data[at] ?? 0) << 8) | (data[at + 1] ?? 0);
}

export function u32(data: Uint8Array, at: number): number {
  return (
    (((data[at] ?? 0) << 24) | ((data[at + 1] ?? 0) << 16) | ((data[at + 2] ?? 0) << 8) | (data[at + 3] ?? 0)) >>> 0
  );
}

export function u16le(data: Uint8Array, at: number): number {
  return (data[at] ?? 0) | ((data[at + 1] ?? 0) << 8);
}

export function u32le(data: Uint8Array, at: number): number {
  return (
    ((data[at] ?? 0) | ((data[at + 1] ?? 0) << 8) | ((data[at + 2] ?? 0) << 16) | ((data[at + 3] ?? 0) << 24)) >>> 0
  );
}

/** Integers of a file whose byte order its header names. */
export interface ByteOrder {
  readonly u16: (data: Uint8Array, at: number) => number;
  readonly u32: (data: Uint8Array, at: number) => number;
}

export const BIG: ByteOrder = { u16, u32 };
export const LITTLE: ByteOrder = { u16: u16le, u32: u32le };
