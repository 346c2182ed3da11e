/** Words of the command line → values, each checked once, with the mend in the error. */
import net from 'node:net';
import { InvalidArgumentError } from 'commander';
import type { Transport } from '../capture/index.js';
import { FAMILIES } from '../learn/index.js';
import { dataServiceOf, isDataService } from '../model/names.js';

/** Throws what commander turns into a usage error. */
function refuse(message: string): never {
  throw new InvalidArgumentError(message);
}

/** A whole number within bounds. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      return refuse(
        `It has to be a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}.`,
      );
    }
    return value;
  };
}

/** A threshold: 0…1. */
export function fraction(text: string): number {
  const value = Number(text);
  if (!/^\d*\.?\d+$/.test(text) || value > 1) return refuse('It has to be a number from 0 to 1.');
  return value;
}

/** Names of families of rules, as in `clock,made-up`, checked. */
export function families(text: string): string {
  for (const name of text.split(','))
    if (!Object.hasOwn(FAMILIES, name.trim().replaceAll('-', ' ')))
      return refuse(
        `It has to name some of ${Object.keys(FAMILIES).join(', ').replaceAll(' ', '-').replaceAll(',-', ', ')}.`,
      );
  return text;
}

/** A service as in `tcp/21`. */
export interface ServiceName {
  readonly transport: Transport;
  readonly port: number;
}

function serviceName(text: string): ServiceName {
  const [, transport, digits] = /^(tcp|udp)\/(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if ((transport !== 'tcp' && transport !== 'udp') || port < 1 || port > 65535) {
    return refuse(`${text} is not a service; write tcp/21 or udp/53.`);
  }
  return { transport, port };
}

/** One service, checked, as it was written; also the data sessions of one. */
export function service(text: string): string {
  const isData = isDataService(text);
  const { transport, port } = serviceName(isData ? text.replace(/\/data$/, '') : text);
  const name = `${transport}/${port}`;
  return isData ? dataServiceOf(name) : name;
}

/** `tcp/21,udp/53`, any number of times. */
export function services(text: string, before: readonly ServiceName[] = []): readonly ServiceName[] {
  return [...before, ...text.split(',').map((part) => serviceName(part.trim()))];
}

/** An IP address, any number of times, in the form that captures are read with. */
export function addresses(text: string, before: readonly string[] = []): readonly string[] {
  const kind = net.isIP(text);
  if (kind === 0) return refuse(`${text} is not an IP address.`);
  return [...before, kind === 4 ? text : new URL(`http://[${text}]`).hostname.slice(1, -1)];
}

/** `tcp/21=2121`, any number of times, also separated by commas. */
export function mapping(text: string, before: ReadonlyMap<string, number> = new Map()): ReadonlyMap<string, number> {
  const map = new Map(before);
  for (const part of text.split(',')) {
    const [name, port, ...rest] = part.trim().split('=');
    if (
      name === undefined ||
      port === undefined ||
      rest.length > 0 ||
      !/^\d{1,5}$/.test(port) ||
      Number(port) > 65535
    ) {
      return refuse(`${part} is not a mapping; write tcp/21=2121.`);
    }
    map.set(service(name), Number(port));
  }
  return map;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A time as in `500ms`, `30s`, `10m`, `24h`, in milliseconds. */
export function duration(text: string): number {
  const [, digits = '', unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const value = Number(digits) * (UNITS[unit] ?? 0);
  // A timer of Node's holds 31 bits.
  if (digits === '' || value < 1 || value > 2 ** 31 - 1)
    return refuse('It has to be a time such as 500ms, 30s, 10m or 24h (24 days at most).');
  return Math.round(value);
}

/** A moment: how long ago (`2h`, `7d`), or a date as in 2026-01-31 or 2026-01-31T12:00; milliseconds since the epoch. */
export function moment(text: string): number {
  const [, digits, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (digits !== undefined) return Date.now() - Number(digits) * ({ ...UNITS, d: 86_400_000 }[unit] ?? 0);
  const value = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(value))
    return refuse('It has to be a time ago such as 30m, 2h or 7d, or a date such as 2026-01-31.');
  return value;
}

/** A size as in `64k`, `10M`, in bytes. */
export function size(text: string): number {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)([kKMG]?)(?:i?B)?$/.exec(text) ?? [];
  const scale = { '': 0, k: 1, K: 1, M: 2, G: 3 }[unit] ?? 0;
  const value = Number(digits) * 1024 ** scale;
  if (digits === '' || value < 1 || !Number.isSafeInteger(Math.round(value)))
    return refuse('It has to be a size such as 4096, 64k or 10M.');
  return Math.round(value);
}

/** A time as it would be written on the command line. */
export function durationText(milliseconds: number): string {
  const [unit, scale] = Object.entries(UNITS).findLast(([, size]) => milliseconds % size === 0) ?? ['ms', 1];
  return `${milliseconds / scale}${unit}`;
}

/** A size as it would be written on the command line. */
export function sizeText(bytes: number): string {
  const scale = [3, 2, 1].find((power) => bytes % 1024 ** power === 0) ?? 0;
  return `${bytes / 1024 ** scale}${['', 'k', 'M', 'G'][scale] ?? ''}`;
}

/** `OLD=NEW` → both, after the ones before. */
export function replacement(
  text: string,
  before: readonly (readonly [string, string])[] = [],
): readonly (readonly [string, string])[] {
  const [, old, young] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (old === undefined || young === undefined) return refuse('It has to be of the form OLD=NEW.');
  return [...before, [old, young]];
}

/** One more text. */
export function another(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
