/** Which handed-over conversations a refinement learns from [06 §4.3; new]: strangers have said them. */
import type { Session } from '../capture/types.js';
import { MOST_KEPT, unpack } from '../learn/refine/samples.js';
import type { Model } from '../model/types.js';

/** Conversations that one refinement reads. */
const MOST = 500;

/** Takes samples of each source in turn, in their order, up to a number and a size: no source keeps others out. */
export function fairly<T extends { readonly source: string; readonly size: number }>(
  samples: readonly T[],
  most = MOST,
  bytes = MOST_KEPT,
): T[] {
  const bySource = new Map<string, T[]>();
  for (const sample of samples) {
    const its = bySource.get(sample.source);
    if (its) its.push(sample);
    else bySource.set(sample.source, [sample]);
  }
  const taken: T[] = [];
  let left = bytes;
  for (let turn = 0; bySource.size > 0; turn++) {
    for (const [source, its] of bySource) {
      const sample = its[turn];
      if (!sample || taken.length >= most) bySource.delete(source);
      else if (sample.size <= left) {
        taken.push(sample);
        left -= sample.size;
      }
    }
  }
  return taken;
}

/** The sessions that the model does not keep as samples already: none counts twice. */
export function notKept(model: Model, sessions: readonly Session[]): Session[] {
  if (!model.refined) return [...sessions];
  const key = ({ client, server, start }: Session): string =>
    `${client.address} ${client.port} ${server.port} ${Math.round(start * 1000)}`;
  const kept = new Set(unpack(model.refined.samples).map(key));
  return sessions.filter((session) => !kept.has(key(session)));
}
