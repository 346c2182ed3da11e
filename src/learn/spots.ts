/** Exchanges of dialogs by their place, as samples that rules are learned from. */
import type { Context } from '../model/meaning.js';
import type { Sample } from './answers/sample.js';
import type { Row } from './rows.js';

/** An exchange of a dialog. */
export interface Spot {
  readonly row: Row;
  readonly at: number;
}

/** Whose answer is whose is a guess. */
export function isGuess({ row, at }: Spot): boolean {
  return row.dialog.exchanges[at]?.pipelined !== false;
}

/** What was said up to an exchange. */
export function contextOf({ row, at }: Spot): Context {
  const now = row.dialog.exchanges[at]?.time ?? 0;
  const registers = row.registers?.[at];
  const context = { said: row.said, at, environment: row.dialog.environment, now, past: row.past };
  return registers ? { ...context, registers } : context;
}

/** The answer of an exchange as rules look at it; null where there is no such exchange. */
export function toSample({ row, at }: Spot): Sample | null {
  const exchange = row.dialog.exchanges[at];
  return (
    (exchange && {
      context: contextOf({ row, at }),
      messages: exchange.messages,
      freshPort: exchange.freshPort,
      delays: exchange.delays,
      close: exchange.close,
      ...(exchange.afterData ? { afterData: exchange.afterData } : {}),
      ...(exchange.ports ? { ports: exchange.ports } : {}),
    }) ??
    null
  );
}

/** The classes of the requests that some samples answer. */
export function classesOf(samples: readonly Sample[]): number[] {
  return [...new Set(samples.map(({ context: { said, at } }) => said[at]?.class ?? -1))];
}
