/** Which end of an exchange is the server, and which servers were asked for. */
import { type EndpointKey, addressOf, addressText, portOf } from './address.js';
import type { Transport } from './types.js';

const MOST_KNOWN = 65_536;
/** RFC 6335 §6: the ports on which services listen by convention. */
const SYSTEM_PORTS = 1024;

export interface Wanted {
  readonly servers?: readonly string[];
  readonly ports?: readonly { readonly transport: Transport; readonly port: number }[];
}

/** Remembers who was called with a handshake, to recognise servers where the handshake is missing. */
export class Servers {
  /** By endpoint, and by port alone. */
  readonly #calls = new Map<string, number>();
  readonly #addresses: ReadonlySet<string>;
  readonly #ports: ReadonlySet<string>;

  constructor(wanted: Wanted) {
    this.#addresses = new Set(wanted.servers ?? []);
    this.#ports = new Set((wanted.ports ?? []).map(({ transport, port }) => `${transport}/${port}`));
  }

  /** Whether a session with this server was asked for. */
  wants(transport: Transport, address: string, port: number): boolean {
    if (this.#addresses.size > 0 && !this.#addresses.has(address)) return false;
    return this.#ports.size === 0 || this.#ports.has(`${transport}/${port}`);
  }

  /** Whether nothing was asked for in particular. */
  get wantsAll(): boolean {
    return this.#addresses.size === 0 && this.#ports.size === 0;
  }

  /** A client has called this server. */
  called(transport: Transport, server: EndpointKey): void {
    for (const key of [transport + server, `${transport}/${portOf(server)}`]) {
      const calls = this.#calls.get(key);
      if (calls !== undefined || this.#calls.size < MOST_KNOWN) this.#calls.set(key, (calls ?? 0) + 1);
    }
  }

  /**
   * Whether `sender` is the server, when its packet to `receiver` is the first that was seen and
   * says nothing about who called: what the user named, then which endpoint and which port were
   * called more often before, then system ports, then the lower port. `speaksFirst`: with UDP, who
   * speaks first is the client unless one of the others says otherwise and the ports differ.
   */
  isServer(transport: Transport, sender: EndpointKey, receiver: EndpointKey, speaksFirst: boolean): boolean {
    const isEven = speaksFirst && portOf(sender) === portOf(receiver);
    const rank = (key: EndpointKey): number[] => [
      this.#ports.has(`${transport}/${portOf(key)}`) ? 1 : 0,
      this.#addresses.size > 0 && this.#addresses.has(addressText(addressOf(key))) ? 1 : 0,
      isEven ? 0 : (this.#calls.get(transport + key) ?? 0),
      this.#calls.get(`${transport}/${portOf(key)}`) ?? 0,
      portOf(key) < SYSTEM_PORTS ? 1 : 0,
      speaksFirst ? 0 : -portOf(key),
    ];
    const ours = rank(sender);
    const theirs = rank(receiver);
    for (let i = 0; i < ours.length; i++) {
      const difference = (ours[i] ?? 0) - (theirs[i] ?? 0);
      if (difference !== 0) return difference > 0;
    }
    return false;
  }
}
