/**
 * The real host behind the emulator: the one address that is ever contacted, and how much of it anybody gets
 * [06 §4.3; new]. Its limits are what stands between an attacker and somebody's machine (docs/containment.md).
 */
import net from 'node:net';
import os from 'node:os';
import type { ServiceModel } from '../model/types.js';
import { serviceName } from '../model/names.js';
import { plainAddress } from './address.js';
import { Census } from './census.js';
import { ListenError } from './errors.js';

/** Bounds on what the real host is asked for; each is an option of `scriptgen serve`. */
export interface BackendLimits {
  /** Handed-over sessions at a time, in all and of one source. */
  readonly connections: number;
  readonly perSource: number;
  /** Bytes that one source may have passed on, both ways, until nothing was passed on for it for an hour. */
  readonly bytes: number;
  /** The same each second; all sources together get eight times as much. */
  readonly rate: number;
  /** Milliseconds after the last session in which it asked something unknown for which all that a source says goes there. */
  readonly follow: number;
  /** Milliseconds for a connection to the real host, and for each of its answers in a replay. */
  readonly timeout: number;
}

const MEBIBYTE = 1024 * 1024;

export const DEFAULT_BACKEND_LIMITS: BackendLimits = {
  connections: 256,
  perSource: 32,
  bytes: 64 * MEBIBYTE,
  rate: MEBIBYTE,
  follow: 30_000,
  timeout: 3_000,
};

/** Where the real host is. */
export interface BackendOptions {
  readonly address: string;
  /** Services that are elsewhere there: `tcp/21` → 2121. */
  readonly map?: ReadonlyMap<string, number>;
  /** Our address towards it, where that is not the system's choice. */
  readonly from?: string;
  /** TCP ports that may be opened there by what is not known, beside those that refused connections in training. */
  readonly ports?: readonly number[];
  readonly limits?: Partial<BackendLimits>;
}

/** What all sources get, in shares of one. */
const ALL = 8;
/** Sources whose sums are kept; the one that was silent for longest is forgotten first. */
const MOST_SOURCES = 10_000;
/** Milliseconds after which a source's sum is forgotten. */
const FORGOTTEN = 3_600_000;
/** Milliseconds for which a host that could not be reached is not tried again. */
const DOWN = 1_000;

interface Account {
  bytes: number;
  tokens: number;
  time: number;
}

/** The real host, as everything in a server shares it. */
export class Backend {
  readonly address: string;
  readonly from: string | undefined;
  readonly limits: BackendLimits;
  readonly #map: ReadonlyMap<string, number>;
  readonly #census: Census;
  /** In the order of the last byte. */
  readonly #accounts = new Map<string, Account>();
  readonly #all: Account;
  #downUntil = 0;
  /** Sources that are handed over: sessions, those of them that are being replayed, and until when they count after the last. */
  readonly #handed = new Map<string, { sessions: number; replays: number; until: number }>();
  /** Called when a source is handed over. */
  onHandOver: () => void = () => undefined;

  constructor({ address, from, map, limits }: BackendOptions) {
    this.address = address;
    this.from = from;
    this.limits = { ...DEFAULT_BACKEND_LIMITS, ...limits };
    this.#map = map ?? new Map<string, number>();
    this.#census = new Census({ connections: this.limits.connections, perSource: this.limits.perSource });
    this.#all = { bytes: 0, tokens: ALL * this.limits.rate, time: Date.now() };
  }

  /** The port of a service there. @param port the one in the model */
  portOf(service: string, port: number): number {
    return this.#map.get(service) ?? port;
  }

  /** Counts one more handed-over session of this source, or says why not. */
  enter(source: string): string | null {
    if (Date.now() < this.#downUntil) return 'the real host could not be reached a moment ago';
    const account = this.#account(source);
    if (account.bytes >= this.limits.bytes) return `${account.bytes} bytes were passed on for this source already`;
    return this.#census.enter(source);
  }

  leave(source: string): void {
    this.#census.leave(source);
  }

  /** A replay to the real host begins. */
  begins(source: string): void {
    const handed = this.#handed.get(source) ?? { sessions: 0, replays: 0, until: 0 };
    handed.sessions++;
    handed.replays++;
    this.#handed.set(source, handed);
    this.onHandOver();
  }

  /** The replay is over: the real host has taken over, or has not. */
  replayed(source: string, hasTaken: boolean): void {
    const handed = this.#handed.get(source);
    if (!handed) return;
    handed.replays--;
    if (!hasTaken) handed.sessions--;
  }

  /** The session that was handed over is over. */
  ended(source: string): void {
    const handed = this.#handed.get(source);
    if (!handed) return;
    handed.sessions--;
    handed.until = Date.now() + this.limits.follow;
  }

  /** Whether this source has a session with the real host, or has just had one. */
  isHandedOver(source: string): boolean {
    const handed = this.#handed.get(source);
    return handed !== undefined && (handed.sessions > 0 || Date.now() < handed.until);
  }

  isReplaying(source: string): boolean {
    return (this.#handed.get(source)?.replays ?? 0) > 0;
  }

  /** Whether any source is handed over. */
  get handsOver(): boolean {
    for (const [source] of this.#handed) {
      if (this.isHandedOver(source)) return true;
      this.#handed.delete(source);
    }
    return false;
  }

  /** It could not be reached. */
  isDown(): void {
    this.#downUntil = Date.now() + DOWN;
  }

  /** So many bytes have been passed on: milliseconds until the next ones may be, or null when there may be none. */
  spend(source: string, bytes: number): number | null {
    const account = this.#account(source);
    account.bytes += bytes;
    const wait = Math.max(take(account, bytes, this.limits.rate), take(this.#all, bytes, ALL * this.limits.rate));
    return account.bytes > this.limits.bytes ? null : wait;
  }

  #account(source: string): Account {
    const known = this.#accounts.get(source);
    const now = Date.now();
    const isFresh = known && now - known.time < FORGOTTEN;
    const account = isFresh ? known : { bytes: 0, tokens: this.limits.rate, time: now };
    this.#accounts.delete(source);
    this.#accounts.set(source, account);
    const [oldest] = this.#accounts.keys();
    if (this.#accounts.size > MOST_SOURCES && oldest !== undefined) this.#accounts.delete(oldest);
    return account;
  }
}

/** Takes from a bucket that fills at `rate` bytes a second: milliseconds until it is not empty. */
function take(account: Account, bytes: number, rate: number): number {
  const now = Date.now();
  account.tokens = Math.min(rate, account.tokens + ((now - account.time) * rate) / 1000) - bytes;
  account.time = now;
  return account.tokens >= 0 ? 0 : Math.ceil((-account.tokens * 1000) / rate);
}

/** Refuses a real host that is the emulator itself: a session would be handed over to itself without end. */
export function refuseLoop(backend: Backend, of: ServiceModel, at: { address: string; port: number }): void {
  const service = serviceName(of);
  const theirs = backend.portOf(service, of.port);
  if (at.port !== theirs) return;
  const isEverywhere = at.address === '0.0.0.0' || at.address === '::';
  const own = Object.values(os.networkInterfaces()).flatMap((each) => each?.map(({ address }) => address) ?? []);
  const isOwn = own.includes(backend.address) || (net.isIPv4(backend.address) && backend.address.startsWith('127.'));
  if (plainAddress(at.address) !== backend.address && !(isEverywhere && isOwn)) return;
  throw new ListenError(
    'conflict',
    `${service}: port ${theirs} of the real host ${backend.address} is where the service itself listens; give another host with --backend, or another port with --backend-map ${service}=PORT`,
  );
}
