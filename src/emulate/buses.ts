/**
 * A signal bus for each source [06 §4.2, figure 5]: what one session of a source brings about for the
 * other sessions of that source, and for nobody else.
 */
import type { ServiceModel } from '../model/types.js';

/** Sources that are remembered; the one that was silent for longest is forgotten first. */
const MOST_SOURCES = 100_000;

/** Called with each signal of another session. */
export type Hear = (signal: Uint8Array) => void;

export class Buses {
  /** Services that are closed until they are opened, by name, with the states that open them. */
  private readonly guarded = new Map<string, { readonly by: ReadonlySet<string>; readonly once: boolean }>();
  /** The guarded services that are open to a source; in the order of the last signal. */
  private readonly open = new Map<string, Set<string>>();
  /** The sessions of each source that hear its signals. */
  private readonly hearing = new Map<string, Set<Hear>>();

  constructor(services: readonly ServiceModel[]) {
    this.become(services);
  }

  /** The services are others now; what is open to a source stays open. */
  become(services: readonly ServiceModel[]): void {
    this.guarded.clear();
    for (const { transport, port, opened } of services) {
      if (!opened) continue;
      const by = new Set(opened.by.flatMap(({ service, states }) => states.map((state) => `${service} ${state}`)));
      this.guarded.set(`${transport}/${port}`, { by, once: opened.once });
    }
  }

  /** A session of this source has reached a state. */
  reached(source: string, service: string, state: number): void {
    for (const [name, { by }] of this.guarded) {
      if (!by.has(`${service} ${state}`)) continue;
      const ports = this.open.get(source) ?? new Set<string>();
      this.open.delete(source);
      this.open.set(source, ports.add(name));
      const [oldest] = this.open.keys();
      if (this.open.size > MOST_SOURCES && oldest !== undefined) this.open.delete(oldest);
    }
  }

  /** A session of the source hears its signals from now on, until the function that is returned is called. */
  join(source: string, hear: Hear): () => void {
    const its = this.hearing.get(source) ?? new Set();
    this.hearing.set(source, its.add(hear));
    return () => {
      its.delete(hear);
      if (its.size === 0 && this.hearing.get(source) === its) this.hearing.delete(source);
    };
  }

  /** All other sessions of the source hear a signal. */
  signal(source: string, from: Hear, signal: Uint8Array): void {
    for (const hear of [...(this.hearing.get(source) ?? [])]) if (hear !== from) hear(signal);
  }

  /** Whether the source may connect. */
  isOpen(source: string, service: string): boolean {
    return !this.guarded.has(service) || this.open.get(source)?.has(service) === true;
  }

  /** A session of the source on this service has ended. */
  ended(source: string, service: string): void {
    if (this.guarded.get(service)?.once !== true) return;
    const ports = this.open.get(source);
    ports?.delete(service);
    if (ports?.size === 0) this.open.delete(source);
  }
}
