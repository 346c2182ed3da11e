/** A server for a whole model: one listener for each service at one address, opened together or not at all. */
import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { Buses, compile as compileService } from '../emulate/index.js';
import type { CompiledService, Fallback } from '../emulate/index.js';
import type { Model, ServiceModel } from '../model/types.js';
import { serviceName } from '../model/names.js';
import { Backend, refuseLoop } from './backend.js';
import type { BackendOptions } from './backend.js';
import { Census } from './census.js';
import { ListenError, listenError } from './errors.js';
import { Following } from './following.js';
import type { Log } from './events.js';
import { DEFAULT_LIMITS } from './limits.js';
import { LiveService } from './live.js';
import type { Limits } from './limits.js';
import { DataPorts } from './ports.js';
import { nameOf } from './session.js';
import type { Hall, ServerSums } from './session.js';
import { listenTcp } from './tcp.js';
import type { Listener } from './tcp.js';
import { listenUdp } from './udp.js';

/** Milliseconds that connections get to end when the server stops. */
const GRACE = 2_000;

/** How to serve. */
export interface ServeOptions {
  /** Address of this machine to listen at. */
  readonly host: string;
  /** Services that listen elsewhere: `tcp/21` → 2121; 0 is any free port. */
  readonly map?: ReadonlyMap<string, number>;
  readonly limits?: Partial<Limits>;
  readonly log?: Log;
  /** Whether the log could write down what a session has said so far; without that no real host hears of it. */
  readonly isKept?: (session: number) => boolean;
  /** Uniform numbers in [0, 1). */
  readonly random?: () => number;
  /** Whether answers wait as long as the recorded server took. */
  readonly delays?: boolean;
  /** A real host that takes over what nothing known fits [06 §4.3]. */
  readonly backend?: BackendOptions;
  /** What is done about a request that nothing known fits, where no real host helps: by default the nearest known answer. */
  readonly onUnknown?: Fallback;
  /** Makes a service ready; for tests. */
  readonly compile?: (service: ServiceModel) => CompiledService;
}

/** Where a service listens. */
export interface Place {
  readonly service: string;
  readonly address: string;
  readonly port: number;
}

/** A server at work. */
export interface RunningServer {
  readonly addresses: readonly Place[];
  readonly stats: Readonly<ServerSums>;
  /**
   * Serves another version of the model: new sessions are with the new one, those in progress go on as they began.
   * Services that are new get a listener, those that are gone lose theirs.
   *
   * @throws {@link ListenError} when a new service can not listen; the others have changed all the same
   */
  reload(model: Model): Promise<void>;
  /** Stops listening and ends every session within two seconds. */
  close(): Promise<void>;
}

interface Plan {
  readonly compiled: CompiledService;
  readonly port: number;
  /** Its data sessions, which listen where its answers say. */
  readonly data: CompiledService | null;
}

/** A service that is served. */
interface Served {
  readonly live: LiveService;
  readonly liveData: LiveService | null;
  readonly listener: Listener;
  readonly ports: DataPorts | null;
}

/** Which service goes where; refuses before anything is open. */
function plan(model: Model, options: ServeOptions): Plan[] {
  const known = new Set<string>();
  const taken = new Map<string, string>();
  const compile = options.compile ?? compileService;
  const plans = model.services.flatMap((service): Plan[] => {
    if (service.named) return [];
    const name = serviceName(service);
    const data = model.services.find((other) => other.named?.by === name);
    const port = options.map?.get(name) ?? service.port;
    const place = `${service.transport}/${port}`;
    const other = taken.get(place);
    if (other !== undefined && port !== 0) {
      throw new ListenError(
        'conflict',
        `${other} and ${name} both want ${place}; move one of them with --map ${name}=PORT`,
      );
    }
    known.add(name);
    taken.set(place, name);
    return [{ compiled: compile(service), port, data: data ? compile(data) : null }];
  });
  for (const name of options.map?.keys() ?? []) {
    if (!known.has(name))
      throw new ListenError(
        'conflict',
        `the model has no service ${name} to move; it has ${[...known].join(', ') || 'none'}`,
      );
  }
  return plans;
}

async function addressOf(host: string, service: string): Promise<string> {
  if (net.isIP(host) !== 0) return host;
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw listenError(error, service, host, 0);
  }
}

/** The real host, by its address: a name is looked up once, so that nobody can move it later. */
async function backendOf(options: BackendOptions | undefined): Promise<Backend | null> {
  if (!options) return null;
  if (net.isIP(options.address) !== 0) return new Backend(options);
  try {
    return new Backend({ ...options, address: (await lookup(options.address)).address });
  } catch (error) {
    throw new ListenError(
      'elsewhere',
      `${options.address} is not a known name or address; give the address of the real host with --backend`,
      { cause: error },
    );
  }
}

/** The ports that somebody may open on the real host: not those at which services listen. */
function opened(model: Model, { map, backend }: ServeOptions): number[] {
  const taken = model.services.map((service) => map?.get(serviceName(service)) ?? service.port);
  const refused = (model.refused ?? []).flatMap((name) => (name.startsWith('tcp/') ? [Number(name.slice(4))] : []));
  return [...new Set([...refused, ...(backend?.ports ?? [])])].filter((port) => !taken.includes(port));
}

/** Where all sessions meet: what they share, and what the operator chose. */
async function hallOf(model: Model, options: ServeOptions): Promise<Hall> {
  const sums: ServerSums = { sessions: 0, open: 0, refused: 0, received: 0, sent: 0, unknown: 0, errors: 0 };
  return {
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    delays: options.delays ?? false,
    random: options.random ?? Math.random,
    log: (event) => {
      try {
        options.log?.(event);
      } catch {
        // A log that is broken (a full disk, a closed pipe) is not a reason to stop serving.
        sums.errors++;
      }
    },
    isKept: options.isKept ?? (() => true),
    sums,
    buses: new Buses(model.services),
    backend: await backendOf(options.backend),
    onUnknown: options.onUnknown ?? 'nearest',
  };
}

/** The services at work, each with its listener. */
class Server implements RunningServer {
  readonly #options: ServeOptions;
  readonly #hall: Hall;
  readonly #census: Census;
  readonly #following: Following | null;
  readonly #served = new Map<string, Served>();
  /** The change that is being made: they come one after the other, two at once would open the same port twice. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: ServeOptions, hall: Hall, census: Census, following: Following | null) {
    this.#options = options;
    this.#hall = hall;
    this.#census = census;
    this.#following = following;
  }

  get addresses(): Place[] {
    return [...this.#served].map(([service, { listener }]) => ({
      service,
      address: listener.address,
      port: listener.port,
    }));
  }

  get stats(): Readonly<ServerSums> {
    return this.#hall.sums;
  }

  reload(model: Model): Promise<void> {
    return (this.#turn = this.#turn.catch(() => undefined).then(() => this.#become(model)));
  }

  close(): Promise<void> {
    return this.#turn.catch(() => undefined).then(() => this.#end());
  }

  /** Opens what a service needs. */
  async open({ compiled, port, data }: Plan): Promise<void> {
    const hall = this.#hall;
    const service = nameOf(compiled);
    const host = await addressOf(this.#options.host, service);
    const live = new LiveService(compiled);
    const liveData = data && new LiveService(data);
    const ports = liveData && (await DataPorts.open(liveData, host, this.#census, hall));
    try {
      const listener =
        compiled.service.transport === 'tcp'
          ? await listenTcp(live, host, port, this.#census, hall, { data: ports, following: this.#following })
          : await listenUdp(live, host, port, hall);
      this.#served.set(service, { live, liveData, listener, ports });
      if (hall.backend) refuseLoop(hall.backend, compiled.service, listener);
      hall.log({ event: 'listening', time: Date.now(), service, address: listener.address, port: listener.port });
    } catch (error) {
      await this.#served.get(service)?.listener.close(0);
      this.#served.delete(service);
      await ports?.close(0);
      throw error;
    }
  }

  async #become(model: Model): Promise<void> {
    const plans = new Map(plan(model, this.#options).map((each) => [nameOf(each.compiled), each]));
    const gone = [...this.#served].filter(([name]) => !plans.has(name));
    for (const [name] of gone) this.#served.delete(name);
    for (const [name, { compiled, data }] of plans) {
      const known = this.#served.get(name);
      known?.live.become(compiled);
      if (data) known?.liveData?.become(data);
    }
    this.#hall.buses.become(model.services);
    this.#following?.become(opened(model, this.#options));
    await stop(gone.map(([, each]) => each));
    for (const [name, each] of plans) if (!this.#served.has(name)) await this.open(each);
  }

  async #end(): Promise<void> {
    const all = [...this.#served.values()];
    this.#served.clear();
    await Promise.all([stop(all), this.#following?.close(GRACE)]);
  }
}

async function stop(its: readonly Served[]): Promise<void> {
  const doors = its.flatMap(({ listener, ports }) => [listener, ...(ports ? [ports] : [])]);
  await Promise.all(doors.map((door) => door.close(GRACE)));
}

/**
 * Opens a listener for every service of the model.
 *
 * @throws {@link ListenError} and then nothing is left open.
 */
export async function startServer(model: Model, options: ServeOptions): Promise<RunningServer> {
  const hall = await hallOf(model, options);
  const census = new Census(hall.limits);
  const following =
    hall.backend &&
    new Following(hall.backend, hall, census, await addressOf(options.host, 'tcp'), opened(model, options));
  const server = new Server(options, hall, census, following);
  try {
    for (const each of plan(model, options)) await server.open(each);
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}
