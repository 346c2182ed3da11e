/** Ports as they stand in the answers of a service: in the writings that its learned answers have. */
import { concat, fromLatin1, indexOf } from '../../bytes/bytes.js';
import type { PortCodec } from '../../capture/types.js';
import { readPortAt, writePort } from '../../model/port.js';
import type { Beginning } from './types.js';

type Service = Beginning['service'];

const PAIR: PortCodec = { kind: 'pair', between: fromLatin1(',') };

/** The writings of ports in the answers of a service. */
function codecsOf(service: Service): PortCodec[] {
  const codecs = service.states.flatMap(({ answer }) =>
    answer.flatMap(({ pieces }) =>
      pieces.flatMap((piece) => (piece.kind === 'rule' && piece.rule.kind === 'port' ? [piece.rule.write] : [])),
    ),
  );
  return codecs.length > 0 ? codecs : [{ kind: 'decimal' }, PAIR];
}

/** A port in each of the writings. */
export function writingsOf(service: Service, port: number): { codec: PortCodec; bytes: Uint8Array }[] {
  return codecsOf(service).flatMap((codec) => {
    const bytes = writePort(codec, port);
    return bytes ? [{ codec, bytes }] : [];
  });
}

/** The port that is written at a place, or null. */
export function portAt(codec: PortCodec, bytes: Uint8Array, at: number): number | null {
  return readPortAt(codec, bytes, at)?.value ?? null;
}

/** What stands before a port in an answer of a service, and how the port is written. */
interface Place {
  readonly before: Uint8Array;
  readonly codec: PortCodec;
}

/** Bytes before a port that tell that it is one. */
const BEFORE = 8;
/** Ports that are looked for in one answer. */
const MOST = 16;

/** Where answers of the service name ports. @param service at the real host's address */
export function placesOf(service: Service): Place[] {
  const places: Place[] = [];
  for (const { pieces } of service.states.flatMap(({ answer }) => answer)) {
    pieces.forEach((piece, i) => {
      const literal = pieces[i - 1];
      if (piece.kind !== 'rule' || piece.rule.kind !== 'port' || literal?.kind !== 'literal') return;
      const before = literal.bytes.slice(-BEFORE);
      if (before.length > 3) places.push({ before, codec: piece.rule.write });
    });
  }
  return places;
}

/** The answer with other ports in place of those that it names. @param other a port of ours for one of theirs; null: it stays */
export function withPorts(
  places: readonly Place[],
  answer: Uint8Array,
  other: (theirs: number) => number | null,
): Uint8Array {
  const parts: Uint8Array[] = [];
  let done = 0;
  for (let count = 0; count < MOST; count++) {
    const next = places
      .map((place) => ({ ...place, at: indexOf(answer, place.before, done) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)[0];
    if (!next) break;
    const from = next.at + next.before.length;
    const read = readPortAt(next.codec, answer, from);
    const ours = read === null ? null : other(read.value);
    const written = ours === null ? null : writePort(next.codec, ours);
    parts.push(answer.subarray(done, from), written ?? answer.subarray(from, from + (read?.width ?? 0)));
    done = from + (read?.width ?? 0);
  }
  if (parts.length === 0) return answer;
  parts.push(answer.subarray(done));
  return concat(parts);
}
