/**
 * Parts of a machine in words: sources, spans, tests (rules: `rule-words.ts`). Each kind has one line here, so that a reader
 * who meets one in a report learns what it does, not what it is called.
 */
import type { Choice, Gathered, Head, Position, Recall, Region, RequestClass, Source, Span, Test } from './types.js';
import { SHOWN, bytesText, codecText, plain, quoted } from './number-words.js';

export { quoted } from './number-words.js';

/** `1, 2 or 3`. */
export function either(parts: readonly (string | number)[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} or ${parts.at(-1) ?? ''}`;
}

/** A region in the notation of the papers [05 §2.4.2]: F("USER ") or M(), with what varies inside. */
export function regionText(region: Region, most = SHOWN): string {
  if (region.kind === 'fixed') return `F(${quoted(region.bytes, most)})`;
  const { min, max, type } = region;
  return `M(${min === max ? min : `${min}–${max}`} ${type})`;
}

/** All regions of a class; a class without any takes every request. */
export function classText({ regions }: RequestClass, most = SHOWN): string {
  return regions.length === 0 ? 'M()' : regions.map((region) => regionText(region, most)).join(' ');
}

/** Which message. */
export function sourceText(source: Source): string {
  switch (source.kind) {
    case 'request':
      if (source.back === 0) return 'the request';
      return source.back === 1 ? 'the request before this one' : `the request ${source.back} before this one`;
    case 'answer':
      if (source.back === 0) return 'the answer to it';
      return source.back === 1 ? 'the last answer' : `the answer ${source.back} exchanges ago`;
    case 'group': {
      const request = `the ${source.which} request of group ${source.group}`;
      return source.side === 'request' ? request : `the answer to ${request}`;
    }
    case 'decoded':
      return `what ${source.group === undefined ? 'the request' : `the latest request of group ${source.group}`} holds in base64`;
    case 'greeting':
      return 'the greeting';
    case 'recall':
      return recallText(source);
    case 'gathered':
      return gatheredText(source);
    case 'register':
      return `what register ${source.id} holds, which all clients share`;
    case 'environment':
      return `the ${source.what.replace(' ', '’s ')}${source.binary ? ` (binary, ${source.binary} end first)` : ''}`;
    default:
      return plain(source);
  }
}

function gatheredText({ head, part, since, by }: Gathered): string {
  const which = head ? `each request with ${headText(head)}` : 'each request before it';
  const from = since ? ` since the latest with ${headText(since)}` : '';
  return `${spanText(part)}, of ${which}${from}, one behind the other${by ? `, in the order of the number in ${spanText(by.span)}` : ''}`;
}

const headText = ({ offset, bytes }: Head) => `${quoted(bytes)} ${shifted('its start', offset)}`;

function recallText({ group, keys, ahead, open, side }: Recall): string {
  const same = keys.map(({ here, there }) => `${spanText(there)} was what ${spanText(here)} is now`);
  const place =
    ahead === undefined
      ? ''
      : `, ${ahead === 0 ? 'at the same place' : `${Math.abs(ahead)} exchange(s) ${ahead > 0 ? 'further' : 'less far'}`} in its session`;
  const which = 'the latest request by this source';
  const what = side === 'request' ? which : `the answer to ${which}`;
  return `${what} of group ${group}${same.length > 0 ? ` in which ${same.join(' and ')}` : ''}${place}, in this session or ${open ? 'another one that is not over' : 'an earlier one'}`;
}

function ordinal(n: number): string {
  if (n === -1) return 'the last';
  if (n < 0) return n === -2 ? 'the second to last' : `the ${-n}th to last`;
  return `the ${['first', 'second', 'third'][n - 1] ?? `${n}th`}`;
}

function shifted(place: string, offset: number): string {
  if (offset === 0) return place;
  return `${bytesText(Math.abs(offset))} ${offset > 0 ? 'behind' : 'before'} ${place}`;
}

/** Where in a message. */
export function positionText(position: Position): string {
  switch (position.kind) {
    case 'start':
      return shifted('its start', position.offset);
    case 'end':
      return shifted('its end', position.offset);
    case 'region':
      return shifted(`the ${position.edge} of region ${position.region}`, position.offset);
    case 'marker': {
      const where = position.edge === 'end' ? 'right behind' : 'right before';
      return shifted(
        `${where} ${ordinal(position.nth < 0 ? position.nth : position.nth + 1)} ${quoted(position.bytes)}${position.blank ? ' and a blank there' : ''}`,
        position.offset,
      );
    }
    case 'behind': {
      const { at, region, codec, letters, align, steps, gap, offset } = position;
      const filled = align === undefined ? '' : ` filled up to a multiple of ${bytesText(align)}`;
      const values =
        steps === 1
          ? `the value${filled}`
          : `${steps} values${filled}, ${bytesText(gap)} between them, the first of them one`;
      const length = letters ? `number of letters, of ${letters} bytes each,` : 'length';
      const where = `at byte ${at}${region === undefined ? '' : ` of region ${region}`}`;
      const said =
        codec.kind === 'ended'
          ? `that begins ${where} and a zero ends`
          : `whose ${length} is the number ${where} (${codecText(codec)})`;
      return shifted(`${offset === 0 ? 'the end of ' : ''}${values} ${said}`, offset);
    }
    default:
      return plain(position);
  }
}

/** Which bytes of which message. */
export function spanText({ of, from, to }: Span): string {
  if (
    from.kind === 'region' &&
    to.kind === 'region' &&
    from.edge === 'start' &&
    to.edge === 'end' &&
    from.offset === 0 &&
    to.offset === 0
  ) {
    const regions = from.region === to.region ? `region ${from.region}` : `regions ${from.region} to ${to.region}`;
    return `${regions} of ${sourceText(of)}`;
  }
  const start = `${sourceText(of)} from ${positionText(from)}`;
  switch (to.kind) {
    case 'width':
      return `${bytesText(to.width)} of ${start}`;
    case 'until':
      return `${start} to the next ${quoted(to.bytes)}`;
    case 'word':
      return `the word in ${start}`;
    case 'varint':
      return `the varint in ${start}`;
    case 'counted':
      return `${start}, ${to.letters ? `of as many letters of ${to.letters} bytes` : 'as long'} as the ${bytesText(to.codec.width)} ${to.by === 'before' ? 'before it' : 'there'} say`;
    case 'start':
    case 'end':
    case 'region':
    case 'marker':
    case 'behind':
      if (from.kind === 'start' && to.kind === 'end' && from.offset === 0 && to.offset === 0)
        return `all of ${sourceText(of)}`;
      return `${start} to ${positionText(to)}`;
    default:
      return `${start} to ${plain(to)}`;
  }
}

/** A question with the answer yes or no. */
export function testText(test: Test): string {
  switch (test.kind) {
    case 'contains':
      return `${test.within ? spanText(test.within) : sourceText(test.of)} holds ${quoted(test.bytes)}`;
    case 'at': {
      const where = test.offset < 0 ? `${bytesText(-test.offset)} before its end` : `at byte ${test.offset}`;
      return `${sourceText(test.of)} has ${quoted(test.bytes)} ${where}`;
    }
    case 'value':
      return `${spanText(test.span)} is ${either(test.values.map((value) => quoted(value)))}`;
    case 'length':
      return `${sourceText(test.of)} has at most ${bytesText(test.atMost)}`;
    case 'number':
      return `the number in ${spanText(test.span)} (${codecText(test.codec)}) is at most ${test.atMost}`;
    case 'state':
      return `the state ${test.back === 1 ? 'before' : `${test.back} exchanges ago`}${test.answered === true ? ', those without an answer left out,' : ''} was ${either(test.states)}`;
    case 'visited':
      return `the session has been in state ${either(test.states)}`;
    case 'said':
      return `the latest request of group ${either(test.among)} before this one is of group ${test.which}`;
    case 'exchange':
      return `this is at most exchange ${test.atMost} of the session`;
    case 'recalled': {
      const one = test.among[test.which];
      const others = test.among.filter((_, i) => i !== test.which).map((r) => r.group);
      const what = one ? recallText(one) : 'nothing';
      const led = test.states ? `, which led to state ${either(test.states)}` : '';
      const ago = test.within === undefined ? '' : `, no more than ${test.within} ms ago`;
      return `there is ${what}${led}${ago}${others.length > 0 ? `, and none of group ${either(others)} is later` : ''}`;
    }
    case 'same':
      return `${spanText(test.left)} equals ${spanText(test.right)}`;
    default:
      return plain(test);
  }
}

/** A decision as lines, indented below each question. */
export function choiceLines<T>(choice: Choice<T>, leaf: (value: T) => string): string[] {
  const indented = (branch: Choice<T>): string[] => choiceLines(branch, leaf).map((line) => `  ${line}`);
  const lines: string[] = [];
  let rest = choice;
  for (let word = 'if'; rest.kind === 'test'; word = 'else if') {
    lines.push(`${word} ${testText(rest.test)}:`, ...indented(rest.yes));
    rest = rest.no;
  }
  const last = `${leaf(rest.value)} (${rest.samples - rest.wrong} of ${rest.samples} samples)`;
  return lines.length === 0 ? [last] : [...lines, 'else:', `  ${last}`];
}
