/**
 * What a session has to do with the real host: it keeps what was said, hands the session over when something
 * is asked that nothing known fits, and takes it back where that fails [06 §4.3].
 */
import type { Endpoint } from '../capture/types.js';
import type { Fallback, Note, Unsure } from '../emulate/index.js';
import { rebase } from '../emulate/index.js';
import type { ServiceModel } from '../model/types.js';
import { serviceName } from '../model/names.js';
import { Transcript } from '../react/handover/index.js';
import type { PastExchange, Waiting } from '../react/handover/index.js';
import type { Backend } from './backend.js';
import { Relay } from './relay.js';
import type { Front } from './relay.js';
import type { Chronicle, Hall } from './session.js';

/** The session, as far as it is told what to do. */
export interface Handed {
  /** What the client has said and nobody has answered. */
  pending(): Uint8Array;
  settle(how: Fallback): void;
  /** The client has said this, and the emulator is to answer. */
  receive(bytes: Uint8Array, atFreshPort: boolean): void;
  /** The client has ended, and the emulator is to react. */
  end(): void;
  /** A port that is open to the client from now on, where the service has data sessions. */
  openPort?: () => number | null;
}

/** The two ends of the session, and what is spoken. */
export interface Parties {
  readonly service: ServiceModel;
  readonly client: Endpoint;
  readonly server: Endpoint;
}

/** What the session itself does for a relay. */
export type Ends = Omit<Front, 'giveBack' | 'lost' | 'isKept' | 'tell'>;

/** Services with data sessions as if they had been recorded at the real host: its answers name its address. */
const moved = new WeakMap<ServiceModel, ServiceModel>();

function at(service: ServiceModel, { address }: Backend): ServiceModel {
  const known = moved.get(service) ?? rebase(service, { address, port: service.port });
  moved.set(service, known);
  return known;
}

export class Handing {
  readonly #hall: Hall;
  readonly #parties: Parties;
  readonly #chronicle: Chronicle;
  readonly #front: Ends;
  readonly #session: Handed;
  /** None where nothing is handed over, or was already. */
  #transcript: Transcript | undefined;
  #relay: Relay | undefined;
  #atFreshPort = false;
  #hasEnded = false;
  /** The client has heard something of the real host. */
  #hasSpoken = false;

  constructor(hall: Hall, parties: Parties, chronicle: Chronicle, session: Handed, front: Ends) {
    this.#hall = hall;
    this.#parties = parties;
    this.#chronicle = chronicle;
    this.#session = session;
    this.#front = front;
    if (hall.backend && !parties.service.named) this.#transcript = new Transcript();
  }

  /** This data session takes place at a port of the real host. */
  follow(port: number): void {
    const { backend } = this.#hall;
    const { client } = this.#parties;
    if (!backend || this.#relay) return;
    const why = backend.enter(client.address);
    if (why !== null) {
      this.#chronicle.handOver('failed', why);
      return;
    }
    if (!this.#chronicle.handsOver('the session that offered its port is handed over')) {
      backend.leave(client.address);
      return;
    }
    this.#start(backend, port, [], [], () => this.#front.hangUp('rst'));
  }

  /**
   * The session begins: whether that is for the real host, because the source has been handed over and what it
   * has done there is known there only.
   *
   * @param open begins it with the emulator, where the real host can not help
   */
  opens(open: () => void): boolean {
    const { backend } = this.#hall;
    const { service, client } = this.#parties;
    if (!backend || service.named || !backend.isHandedOver(client.address)) return false;
    if (backend.enter(client.address) !== null) return false;
    if (!this.#chronicle.handsOver('the source is handed over to the real host')) {
      backend.leave(client.address);
      return false;
    }
    this.#transcript = undefined;
    this.#start(backend, backend.portOf(serviceName(service), service.port), [], [], (meanwhile) => {
      this.#relay = undefined;
      open();
      for (const { bytes, atFreshPort } of meanwhile) this.#session.receive(bytes, atFreshPort);
      if (this.#hasEnded) this.#session.end();
    });
    return true;
  }

  /** The emulator answers a request. */
  note(note: Note): void {
    this.#transcript?.request(note.request, this.#atFreshPort);
  }

  /** The emulator says something. */
  sent(bytes: Uint8Array): void {
    this.#transcript?.answer(bytes);
  }

  /** The emulator has offered a port for a data session. */
  offered(port: number): void {
    this.#transcript?.ports.push(port);
  }

  /** Nothing known fits: the real host takes over, or what is configured happens. */
  ask(note: Unsure): void {
    this.#chronicle.note(note, false);
    const { backend } = this.#hall;
    const transcript = this.#transcript;
    this.#transcript = undefined;
    if (!backend || !transcript) {
      this.#settle(note);
      return;
    }
    const { service, client } = this.#parties;
    const why = transcript.past ? backend.enter(client.address) : 'too much was said to say it all again';
    if (!transcript.past || why !== null) {
      this.#chronicle.handOver('failed', why ?? '');
      this.#settle(note);
      return;
    }
    if (!this.#chronicle.handsOver(note.why)) {
      backend.leave(client.address);
      this.#settle(note);
      return;
    }
    const port = backend.portOf(serviceName(service), service.port);
    const giveBack = (meanwhile: readonly Waiting[]): void => this.#takeBack(note, meanwhile);
    this.#start(backend, port, transcript.past, transcript.ports, giveBack, () => this.#lost(note));
  }

  #start(
    backend: Backend,
    port: number,
    past: readonly PastExchange[],
    ports: readonly number[],
    giveBack: Front['giveBack'],
    // the emulator knows nothing of a session that began with the real host
    lost: Front['lost'] = () => this.#front.hangUp('rst'),
  ): void {
    const { service, client, server } = this.#parties;
    const { openPort } = this.#session;
    const pending = this.#session.pending();
    const front: Front = {
      ...this.#front,
      // a port that is closed there is open here all the same: the emulator goes on
      tell: (step, reason) => this.#chronicle.handOver(step === 'refused' ? 'failed' : step, reason),
      giveBack,
      lost,
      isKept: () => this.#chronicle.isKept,
      say: (bytes, freshPort) => {
        this.#hasSpoken = true;
        this.#front.say(bytes, freshPort);
      },
    };
    const session = {
      service: openPort ? at(service, backend) : service,
      ...(openPort ? { openPort } : {}),
      port,
      client: client.address,
      server: server.address,
      past,
      waiting: pending.length > 0 ? [{ bytes: pending, atFreshPort: this.#atFreshPort }] : [],
      ports,
    };
    this.#relay = new Relay(backend, session, front);
    if (this.#hasEnded) this.#relay.clientEnds();
  }

  /** Whether the real host speaks now. */
  get isHanded(): boolean {
    return this.#relay !== undefined;
  }

  /** The client has said something: whether it is for the real host. */
  receive(bytes: Uint8Array, atFreshPort: boolean): boolean {
    this.#atFreshPort = atFreshPort;
    return this.#relay?.fromClient(bytes, atFreshPort) === true;
  }

  /** The client has ended: whether that is for the real host. */
  ended(): boolean {
    this.#hasEnded = true;
    this.#relay?.clientEnds();
    return this.#relay !== undefined;
  }

  /** The client takes bytes again: whether the real host is who waits for that. */
  drained(): boolean {
    this.#relay?.clientDrained();
    return this.#relay !== undefined;
  }

  /** The session is over. */
  close(why: string): void {
    this.#relay?.close(why);
  }

  #takeBack(note: Unsure, meanwhile: readonly Waiting[]): void {
    this.#relay = undefined;
    this.#settle(note);
    for (const { bytes, atFreshPort } of meanwhile) this.#session.receive(bytes, atFreshPort);
    if (this.#hasEnded) this.#session.end();
  }

  /** In the middle of the relay: the emulator goes on, without what the real host has answered already. */
  #lost(note: Unsure): void {
    this.#relay = undefined;
    if (!this.#hasSpoken) this.#settle(note);
    else this.#session.settle(this.#hall.onUnknown === 'close' ? 'close' : 'silence');
    if (this.#hasEnded) this.#session.end();
  }

  #settle(note: Unsure): void {
    if (this.#hall.onUnknown === 'nearest') this.#chronicle.reached(note);
    this.#session.settle(this.#hall.onUnknown);
  }
}
