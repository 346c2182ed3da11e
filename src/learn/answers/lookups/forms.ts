/**
 * In which form keys stand in messages [new]: a tag and a length that spans just what is said again, with
 * another such field behind it. Candidates come from keys that a request shares with its answer or with an
 * answer before it.
 */
import { indexOf, isText, startsWith, toLatin1 } from '../../../bytes/bytes.js';
import { readField } from '../../../model/lookup.js';
import type { Field, NumberCodec, RecordForm } from '../../../model/types.js';
import { NARROW_FIRST } from '../../codecs.js';
import { spread } from '../../spread.js';

/** A request with its answer, and the answers right before it. */
export interface Asked {
  readonly request: Uint8Array;
  readonly answer: Uint8Array;
  readonly before: readonly Uint8Array[];
}

const MOST_LOOKED_AT = 250;
const SCAN = 192;
const SCAN_ANSWER = 4096;
const SHORTEST = 3;
const LONGEST = 255;
const MOST_FORMS = 8;
const MOST_KEYS = 500;
/** Of what all keys begin with, so many bytes are held against new ones. */
const BEGIN = 2;

const CODECS: readonly NumberCodec[] = [{ kind: 'ber' }, ...NARROW_FIRST];

interface Candidate {
  readonly key: Field;
  readonly value: Field;
  readonly keys: Map<string, Uint8Array>;
}

/** The forms that several keys have, those with the most keys first. */
export function findForms(asked: readonly Asked[]): RecordForm[] {
  const found = new Map<string, Candidate>();
  for (const one of spread(asked, MOST_LOOKED_AT)) {
    // text has no lengths before its words
    if (isText(one.request)) continue;
    CODECS.forEach((length, c) => {
      for (const tagged of [true, false]) look(one, length, tagged, `${c} ${tagged ? 1 : 0}`, found);
    });
  }
  return [...found.values()]
    .filter(({ keys }) => keys.size >= 2)
    .sort((a, b) => b.keys.size - a.keys.size)
    .slice(0, MOST_FORMS)
    .map(({ key, value, keys }) => ({ frame: null, key, begin: commonBegin([...keys.values()]), value, blank: null }));
}

function look(
  { request, answer, before }: Asked,
  length: NumberCodec,
  tagged: boolean,
  name: string,
  found: Map<string, Candidate>,
): void {
  const any: Field = { tag: tagged ? null : new Uint8Array(0), length };
  const messages = [answer, ...before].map((m) => m.subarray(0, SCAN_ANSWER));
  for (let at = 0; at < Math.min(request.length, SCAN); at++) {
    const field = readField(any, request, at);
    const size = field ? field.end - field.content : 0;
    if (!field || size < SHORTEST || size > LONGEST) continue;
    const bytes = request.subarray(at, field.end);
    if (!messages.some((message) => hasRecord(message, bytes, any))) continue;
    const tag = request.slice(at, tagged ? at + 1 : at);
    const id = `${name} ${toLatin1(tag)}`;
    let its = found.get(id);
    if (!its) found.set(id, (its = { key: { tag, length }, value: any, keys: new Map<string, Uint8Array>() }));
    const content = request.subarray(field.content, field.end);
    if (its.keys.size < MOST_KEYS) its.keys.set(toLatin1(content), content);
  }
}

/** Whether a message has the key, and a field behind it that fits. */
function hasRecord(message: Uint8Array, key: Uint8Array, value: Field): boolean {
  for (let at = indexOf(message, key); at >= 0; at = indexOf(message, key, at + 1))
    if (readField(value, message, at + key.length)) return true;
  return false;
}

function commonBegin(keys: readonly Uint8Array[]): Uint8Array {
  const first = keys[0] ?? new Uint8Array(0);
  let length = Math.min(BEGIN, first.length);
  while (length > 0 && !keys.every((key) => startsWith(key, first.subarray(0, length), 0))) length--;
  return first.slice(0, length);
}
