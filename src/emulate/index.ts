/** The machine at work, without a socket or a clock of its own. */
import type { ServiceModel } from '../model/types.js';
import type { Dialogue, Environment } from './types.js';

export type { Command, Dialogue, Environment, Note } from './types.js';

/** A service made ready for emulation: compile once, open many dialogues. */
export interface CompiledService {
  readonly service: ServiceModel;
  /** @param random uniform numbers in [0, 1), handed in so that a dialogue can be repeated. */
  dialogue(environment: Environment, random: () => number): Dialogue;
}

export function compile(_service: ServiceModel): CompiledService {
  throw new Error('not written yet');
}
