/** A service in numbers, for reports. */
import { serviceName } from './names.js';
import type { ServiceModel } from './types.js';

/** What a machine consists of. */
export interface Summary {
  readonly service: string;
  readonly server: string;
  readonly sessions: number;
  readonly conversations: number;
  /** Sessions left out, by cause. */
  readonly leftOut: Readonly<Record<string, number>>;
  readonly classes: number;
  readonly states: number;
  readonly transitions: number;
  /** Rules in answers, by kind. */
  readonly rules: Readonly<Record<string, number>>;
  readonly remarks: readonly string[];
}

/** Counts what there is. */
export function summarise(service: ServiceModel): Summary {
  const rules: Record<string, number> = {};
  let transitions = 0;
  for (const state of service.states) {
    transitions += state.transitions.length;
    for (const { pieces } of state.answer) {
      for (const piece of pieces) if (piece.kind === 'rule') rules[piece.rule.kind] = (rules[piece.rule.kind] ?? 0) + 1;
    }
  }
  const { sessions, conversations, leftOut, remarks } = service.training;
  return {
    service: serviceName(service),
    server: service.server,
    sessions,
    conversations,
    leftOut,
    classes: service.classes.length,
    states: service.states.length,
    transitions,
    rules,
    remarks,
  };
}
