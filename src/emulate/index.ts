/** The machine at work, without a socket or a clock of its own. */
import { toLatin1 } from '../bytes/bytes.js';
import { LINE_ENDS } from '../model/frames.js';
import { isSignal } from '../model/signals.js';
import type { ServiceModel } from '../model/types.js';
import { EmulatedDialogue } from './dialogue.js';
import { Foreign } from './foreign.js';
import { Likeness } from './likeness.js';
import { Matcher } from './match.js';
import { Memory } from './memory.js';
import { rebase } from './rebase.js';
import type { Dialogue, Environment, OpenPort } from './types.js';
import { Ways } from './ways.js';

export { Buses } from './buses.js';
export { rebase } from './rebase.js';
export type { Command, Dialogue, Environment, Fallback, Note, OpenPort, Unsure } from './types.js';

/** A service made ready for emulation: compile once, open many dialogues; a source is remembered from one to the next. */
export interface CompiledService {
  readonly service: ServiceModel;
  /**
   * @param random uniform numbers in [0, 1), handed in so that a dialogue can be repeated.
   * @param openPort where there is none, ports of data sessions are made up, and nobody waits for those sessions.
   * @param asks whether somebody decides about requests that nothing known fits.
   */
  dialogue(environment: Environment, random: () => number, openPort?: OpenPort, asks?: boolean): Dialogue;
}

/** A service that can be tried out. */
export interface Tryable extends CompiledService {
  /** The same service with a memory of its own, which begins with what is remembered now: what is said there is not remembered here. */
  apart(): Tryable;
}

interface AtAddress {
  readonly service: ServiceModel;
  readonly matcher: Matcher;
  readonly ways: Ways;
  readonly likeness: Likeness;
  readonly foreign: Foreign;
  readonly tails: readonly Uint8Array[];
}

/** Addresses of its own that a service is kept ready for; a host seldom has more. */
const MOST_ADDRESSES = 64;

/** Makes a service ready; the work for each address that it serves at is done at the first dialogue there. */
export function compile(service: ServiceModel): Tryable {
  return compiledWith(service, new Map(), new Memory(service));
}

function compiledWith(service: ServiceModel, addresses: Map<string, AtAddress>, memory: Memory): Tryable {
  return {
    service,
    apart: () => compiledWith(service, addresses, memory.copy()),
    dialogue(environment, random, openPort, asks = false) {
      // a data session is at another port each time
      const server = service.named ? { ...environment.server, port: service.port } : environment.server;
      const key = `${server.address} ${server.port}`;
      let at = addresses.get(key);
      if (!at) {
        const moved = rebase(service, server);
        at = {
          service: moved,
          matcher: new Matcher(moved),
          ways: new Ways(moved),
          likeness: new Likeness(moved),
          foreign: new Foreign(moved),
          tails: tailsOf(moved),
        };
        if (addresses.size >= MOST_ADDRESSES) addresses.clear();
        addresses.set(key, at);
      }
      return new EmulatedDialogue(
        at.service,
        at.matcher,
        at.ways,
        at.likeness,
        at.foreign,
        at.tails,
        environment,
        random,
        memory,
        openPort,
        asks,
      );
    },
  };
}

/** What requests end on, where their class ends on a fixed region: the last two bytes. */
function tailsOf(service: ServiceModel): Uint8Array[] {
  const tails = new Map<string, Uint8Array>();
  for (const { regions, example } of service.classes) {
    const last = regions.at(-1);
    if (last?.kind === 'fixed' && !isSignal(example)) tails.set(toLatin1(last.bytes.slice(-2)), last.bytes.slice(-2));
  }
  return [...tails.values(), ...(service.framing.lineEnd ? LINE_ENDS : [])];
}
