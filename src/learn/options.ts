/** What learning one machine is told. */
import type { Framing } from '../model/types.js';
import type { Families } from './answers/sample.js';

export interface MachineOptions {
  readonly macro: number;
  readonly micro: number;
  readonly links: Families;
  readonly without: string;
  readonly maxFanOut: number;
  readonly maxStates: number;
  /** How messages of the service are told apart, once that is known. */
  readonly framing?: Framing;
}
