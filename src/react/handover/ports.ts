/** Ports as they stand in the answers of a service: in the writings that its learned answers have. */
import { fromLatin1 } from '../../bytes/bytes.js';
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
