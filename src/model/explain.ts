/** A machine in words, for people: services, framing, states, classes, and what each was learned from. */
import { serviceName } from './names.js';
import type {
  CodedAs,
  Coding,
  Framing,
  LengthField,
  Opened,
  Register,
  RequestClass,
  ServiceModel,
  State,
} from './types.js';
import { bytesText, codecText } from './number-words.js';
import { checksumText, pieceLines } from './rule-words.js';
import { choiceLines, classText, either, quoted, spanText, testText } from './words.js';

function times(n: number): string {
  return n === 1 ? 'once' : n === 2 ? 'twice' : `${n} times`;
}

function counted(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

function indent(lines: readonly string[], by = 2): string[] {
  return lines.map((line) => ' '.repeat(by) + line);
}

/** How requests are told apart in the stream, and how messages are written. */
function explainFraming(framing: Framing, transport: 'tcp' | 'udp'): string {
  const { requests, answers } = framing.coding ?? {};
  const codings = [
    ...(requests ? [` Requests are written ${codingText(requests)}.`] : []),
    ...(answers ? [` Answers are written ${codingText(answers)}.`] : []),
  ];
  return `${endsOf(framing, transport)}${codings.join('')}`;
}

function codingText({ skip, start, end, how }: Coding): string {
  const places = [
    ...(skip > 0 ? [`behind ${bytesText(skip)}`] : []),
    ...(start.length > 0 ? [`behind ${quoted(start)}`] : []),
    ...(end.length > 0 ? [`up to ${quoted(end)}`] : []),
  ];
  return [codedText(how), ...places].join(' ');
}

function codedText(how: CodedAs): string {
  switch (how.kind) {
    case 'hex':
      return `in ${how.upper ? 'upper-case ' : ''}hexadecimal digits`;
    case 'base64':
      return 'in base64';
    case 'key':
      return `exclusive-or’d with ${quoted(how.key)}`;
    case 'mask':
      return `exclusive-or’d with the ${bytesText(how.width)} before them`;
    case 'chain':
      return 'with each byte exclusive-or’d with the one before it';
    case 'checked':
      return `with ${checksumText(how.how)} behind the first ${bytesText(how.head)} and behind each ${how.block} that follow`;
    case 'deflate':
      return `compressed (${how.wrap})`;
  }
}

function endsOf(framing: Framing, transport: 'tcp' | 'udp'): string {
  const { length, opening, openingEnd, more, delimiter, typed, lineEnd, silence } = framing;
  if (transport === 'udp') return 'Each datagram is a request.';
  const ends = lineEnd ? `; lines that end with LF or CR LF are read as if they ended with ${quoted(lineEnd)}` : '';
  const rest = `what has arrived counts as a request after ${silence} ms of silence${ends}`;
  if (length !== undefined) {
    const first = openingEnd
      ? `Behind what a client says up to ${quoted(openingEnd)}, `
      : opening === undefined
        ? ''
        : `Behind the first ${opening} bytes of a client, `;
    const others = (length.others ?? [])
      .map((o) => `; in one that begins with byte ${o.first}, ${lengthText(o)}`)
      .join('');
    const parts = more === undefined ? '' : `; one that begins with byte ${more.join(' or ')} goes on with the next`;
    if (length.until)
      return `${first}${first ? 'a' : 'A'} request is made of pieces up to ${quoted(length.until)}, each of which carries its length: ${lengthText(length)} counts the bytes behind it; ${rest}.`;
    return `${first}${first ? 'a' : 'A'} request carries its length: ${lengthText(length)} counts the bytes behind it${others}${parts}; ${rest}.`;
  }
  if (delimiter !== undefined && typed)
    return `A request is a line up to ${quoted(delimiter)}; it may be typed character by character, and these are said back at once.`;
  if (delimiter !== undefined) return `A request ends with ${quoted(delimiter)}; ${rest}.`;
  return `A request ends where its class does; ${rest}.`;
}

function lengthText({ offset, codec, add }: Omit<LengthField, 'others' | 'until'>): string {
  const more = add === 0 ? '' : ` ${add > 0 ? '+' : '−'} ${Math.abs(add)}`;
  return `the number at byte ${offset} (${codecText(codec)})${more}`;
}

/** One class of requests: what it takes, and where it leads. */
function explainClass(requests: RequestClass): string[] {
  const { id, group, samples, distinct, example, select } = requests;
  const lines = [`class ${id}: ${classText(requests)}`];
  const seen = `seen ${times(samples)}, ${distinct === 1 ? 'always the same' : `${distinct} different ones`}, such as ${quoted(example)}`;
  lines.push(`  ${seen}${group === id ? '' : `; of group ${group}`}`);
  for (const { span, values } of requests.closed ?? [])
    lines.push(`  ${spanText(span)} says what is asked for: ${either(values.map((value) => quoted(value)))}`);
  lines.push(...indent(choiceLines(select, (state) => `leads to state ${state}`)));
  return lines;
}

/** What opens a port that is closed at first [06 §4.2]. */
export function explainOpened({ by, once }: Opened): string {
  const signals = by.map(({ service, states }) => `state ${either(states)} of ${service}`);
  return `Closed to a source until it has reached ${either(signals)}; then open to that source ${once ? 'for one session' : 'from then on'}.`;
}

/** What all clients share, and who says it. */
function explainRegister(id: number, { writers, first }: Register): string[] {
  const tellers = writers.map(({ class: of, when, value }) => {
    const which = of < 0 ? 'the opening of a session' : `a request of class ${of}`;
    return `  ${spanText(value)}, of ${which}${when ? ` where ${testText(when)}` : ''}`;
  });
  return [
    `register ${id}: all clients share what was said last, by whomever; holds ${quoted(first)} at first:`,
    ...tellers,
  ];
}

function closing(state: State): string[] {
  if (state.close === 'fin') return ['then closes the connection'];
  return state.close === 'rst' ? ['then resets the connection'] : [];
}

/** One state: its answer piece by piece, and what may follow. */
function explainState(state: State, classes: readonly RequestClass[]): string[] {
  const { id, answer, samples, confidence, transitions } = state;
  const reached = id === 0 ? 'the opening of the session' : `reached ${times(samples)}`;
  const sure = samples === confidence ? 'always answered so' : `${confidence} of ${samples} answered exactly so`;
  const lines = [`state ${id}: ${reached}, ${sure}`];
  if (answer.length === 0) lines.push('  says nothing');
  answer.forEach((message, i) => {
    const which = answer.length === 1 ? '' : ` message ${i}`;
    const when = message.afterData === true ? ', when the data session is over' : '';
    lines.push(
      `  says${which}${message.freshPort === true ? ', from a port of its own' : ''}${when}, after ${Math.round(message.delay)} ms:`,
    );
    message.pieces.forEach((piece, j) => {
      const [first = '', ...rest] = pieceLines(piece);
      lines.push(`    ${j}. ${first}`, ...indent(rest, 7));
    });
  });
  if (state.rote !== undefined)
    lines.push(`  ${counted(state.rote.length, 'request')} answered by rote, as it was recorded each time`);
  if (state.feedsData === true) lines.push('  the request is handed to the data session');
  if (state.signals === true) lines.push('  the request is a signal to the other sessions of its source');
  lines.push(...indent(closing(state)));
  for (const transition of transitions) {
    const requests = classes[transition.class];
    const text = requests === undefined ? '' : ` ${classText(requests, 30)}`;
    lines.push(`  class ${transition.class}${text} → state ${transition.to} (${times(transition.samples)})`);
  }
  return lines;
}

/** A whole service. */
export function explainService(service: ServiceModel): string[] {
  const { transport, server, framing, classes, states, training } = service;
  const transitions = states.reduce((sum, state) => sum + state.transitions.length, 0);
  const lines = [
    `${serviceName(service)}, recorded at ${server}`,
    `${counted(training.sessions, 'session')} of ${counted(training.conversations, 'conversation')} → ${counted(classes.length, 'class', 'classes')}, ${counted(states.length, 'state')}, ${counted(transitions, 'transition')}`,
    explainFraming(framing, transport),
  ];
  if (service.named !== undefined)
    lines.push(`Data sessions: each at a port that an answer of ${service.named.by} names, begun by a request there.`);
  if (service.opened !== undefined) lines.push(explainOpened(service.opened));
  for (const [id, register] of (service.registers ?? []).entries()) lines.push(...explainRegister(id, register));
  for (const [why, n] of Object.entries(training.leftOut)) lines.push(`left out: ${counted(n, 'session')} (${why})`);
  for (const remark of training.remarks) lines.push(`note: ${remark}`);
  lines.push('', ...states.flatMap((state) => [...explainState(state, classes), '']));
  lines.push(...classes.flatMap((requests) => [...explainClass(requests), '']));
  return lines.slice(0, -1);
}
