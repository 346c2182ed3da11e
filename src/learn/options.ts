/** What learning one machine is told. */
import type { Families } from './answers/sample.js';

export interface MachineOptions {
  readonly macro: number;
  readonly micro: number;
  readonly links: Families;
  readonly without: string;
  readonly maxFanOut: number;
  readonly maxStates: number;
}
