/**
 * What each source has said on a service, for as long as it may matter to its later sessions [new].
 *
 * Only sessions are kept in which something was said that a learned rule or question looks for, and of
 * those the latest: a source can not make the memory grow past its bounds, nor see another one's.
 */
import type { Context, Said } from '../model/meaning.js';
import { afterExchange, type Held } from '../model/registers.js';
import type { Register, ServiceModel } from '../model/types.js';

const MOST_SOURCES = 20_000;
const MOST_SESSIONS = 64;
/** Bytes of one source, and of all. */
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_BYTES_IN_ALL = 256 * 1024 * 1024;

interface Kept {
  readonly said: readonly Said[];
  bytes: number;
}

interface OfSource {
  sessions: Kept[];
  /** The same, as rules look at them. */
  past: (readonly Said[])[];
}

export class Memory {
  private readonly writers: ReadonlySet<number>;
  /** In the order of their last word. */
  private readonly sources = new Map<string, OfSource>();
  private bytes = 0;
  /** What all sources share, of which there is but one. */
  private held: Held;

  constructor(service: ServiceModel | Memory) {
    const isCopy = service instanceof Memory;
    this.writers = isCopy ? service.writers : writersOf(service);
    this.held = isCopy ? service.held : (service.registers ?? []).map(({ first }) => first);
  }

  /** The same memory for others to go on with. */
  copy(): Memory {
    const other = new Memory(this);
    for (const [source, { sessions, past }] of this.sources)
      other.sources.set(source, { sessions: sessions.map((session) => ({ ...session })), past });
    other.bytes = this.bytes;
    return other;
  }

  /** What is known to a source when it speaks. */
  known(source: string): Pick<Context, 'past' | 'registers'> {
    const past = this.past(source);
    return { ...(past ? { past } : {}), ...(this.held.length > 0 ? { registers: this.held } : {}) };
  }

  /** The sessions of a source that may be looked at, the latest last. */
  past(source: string): readonly (readonly Said[])[] | undefined {
    return this.sources.get(source)?.past;
  }

  /** An exchange, the last one of its session, is complete. */
  spoke(context: Context, registers: readonly Register[] = []): void {
    const { said } = context;
    const source = context.environment.client.address;
    if (registers.length > 0) this.held = afterExchange(registers, this.held, context);
    const last = said.at(-1);
    if (this.writers.size === 0 || !last) return;
    let its = this.sources.get(source);
    const kept = its?.sessions.find((s) => s.said === said);
    if (kept) this.grow(kept, sizeOf(last));
    else if (this.writers.has(last.group)) {
      its ??= { sessions: [], past: [] };
      const session = { said, bytes: 0 };
      this.grow(
        session,
        said.reduce((sum, s) => sum + sizeOf(s), 0),
      );
      its.sessions.push(session);
      its.past = its.sessions.map((s) => s.said);
    }
    if (!its) return;
    this.sources.delete(source);
    this.sources.set(source, its);
    this.bound(its);
  }

  private grow(session: Kept, by: number): void {
    session.bytes += by;
    this.bytes += by;
  }

  private bound(latest: OfSource): void {
    while (latest.sessions.length > 1 && (latest.sessions.length > MOST_SESSIONS || bytesOf(latest) > MOST_BYTES))
      this.forget(latest, latest.sessions.shift());
    for (const [source, its] of this.sources) {
      if (this.sources.size <= MOST_SOURCES && this.bytes <= MOST_BYTES_IN_ALL) return;
      if (its === latest) return;
      this.bytes -= bytesOf(its);
      this.sources.delete(source);
    }
  }

  private forget(its: OfSource, session: Kept | undefined): void {
    this.bytes -= session?.bytes ?? 0;
    its.past = its.sessions.map((s) => s.said);
  }
}

function sizeOf({ request, answer }: Said): number {
  return request.length + answer.length + 64;
}

function bytesOf({ sessions }: OfSource): number {
  return sessions.reduce((sum, s) => sum + s.bytes, 0);
}

/** The groups whose exchanges some rule or question of the service looks for. */
function writersOf(service: ServiceModel): Set<number> {
  const groups = new Set<number>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
    const recalls = 'kind' in value && value.kind === 'recall';
    // a writer of cells is known by the values that it writes
    const writes = 'table' in value && 'values' in value;
    if ('kind' in value && value.kind === 'lookup' && 'writers' in value && Array.isArray(value.writers))
      for (const group of value.writers) if (typeof group === 'number') groups.add(group);
    if ((recalls || writes) && 'group' in value && typeof value.group === 'number') groups.add(value.group);
    for (const item of Object.values(value)) walk(item);
  };
  walk(service.states);
  walk(service.classes);
  return groups;
}
