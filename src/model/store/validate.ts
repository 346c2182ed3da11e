/**
 * Whether data is a model: the skeleton that emulation walks on without looking (states, classes,
 * transitions, regions, pieces), and that every reference leads somewhere. What rules and tests hold
 * inside is known to those who apply them.
 */
import * as z from 'zod';
import type { Model } from '../types.js';
import { ModelError } from '../errors.js';

const count = z.number().int().min(0);
const bytes = z.instanceof(Uint8Array);
const kinded = z.looseObject({ kind: z.string() });

const region = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('fixed'), bytes }),
  z.looseObject({ kind: z.literal('mutating'), type: z.enum(['ascii', 'binary', 'zero']), min: count, max: count }),
]);

const requestClass = z.looseObject({
  id: count,
  group: count,
  regions: z.array(region),
  samples: z.number(),
  distinct: z.number(),
  example: bytes,
  closed: z
    .array(
      z.looseObject({
        span: z.looseObject({ of: kinded, from: kinded, to: kinded }),
        values: z.array(bytes),
        others: z.array(bytes).optional(),
      }),
    )
    .optional(),
  select: kinded,
});

const piece = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('literal'), bytes }),
  z.looseObject({ kind: z.literal('rule'), rule: kinded, example: bytes, support: z.number(), samples: z.number() }),
]);

const state = z.looseObject({
  id: count,
  classes: z.array(count),
  answer: z.array(z.looseObject({ pieces: z.array(piece), delay: z.number().min(0) })),
  close: z.enum(['stay', 'fin', 'rst']),
  rote: z.array(z.looseObject({ request: bytes, messages: z.array(bytes) })).optional(),
  samples: z.number(),
  confidence: z.number(),
  transitions: z.array(z.looseObject({ class: count, to: count, samples: z.number() })),
});

const coding = z.looseObject({
  skip: count,
  start: bytes,
  end: bytes,
  how: z.discriminatedUnion('kind', [
    z.looseObject({ kind: z.literal('hex'), upper: z.boolean() }),
    z.looseObject({ kind: z.literal('base64'), url: z.boolean(), pad: z.boolean() }),
    z.looseObject({ kind: z.literal('key'), key: bytes }),
    z.looseObject({ kind: z.literal('mask'), width: count.max(256) }),
    z.looseObject({ kind: z.literal('chain') }),
    z.looseObject({
      kind: z.literal('checked'),
      head: count.min(1).max(1024),
      block: count.min(1).max(1024),
      how: kinded,
      order: z.enum(['big', 'little']),
    }),
    z.looseObject({
      kind: z.literal('deflate'),
      wrap: z.enum(['raw', 'zlib', 'gzip']),
      level: z.number().int().min(0).max(9),
    }),
  ]),
});

const service = z.looseObject({
  transport: z.enum(['tcp', 'udp']),
  port: z.number().int().min(0).max(65535),
  server: z.string(),
  framing: z.looseObject({
    silence: z.number().min(0),
    opening: count.optional(),
    openingEnd: bytes.optional(),
    more: z.array(count).optional(),
    typed: z.looseObject({ others: z.boolean() }).optional(),
    length: z.looseObject({ until: bytes.optional() }).optional(),
    answers: z.looseObject({ until: bytes.optional() }).optional(),
    coding: z.looseObject({ requests: coding.optional(), answers: coding.optional() }).optional(),
  }),
  classes: z.array(requestClass),
  states: z.array(state).min(1),
  opened: z
    .looseObject({ by: z.array(z.looseObject({ service: z.string(), states: z.array(count) })), once: z.boolean() })
    .optional(),
  named: z.looseObject({ by: z.string() }).optional(),
  registers: z
    .array(
      z.looseObject({
        writers: z.array(
          z.looseObject({
            class: z.number().int().min(-1),
            when: kinded.nullable(),
            value: z.looseObject({ of: kinded, from: kinded, to: kinded }),
          }),
        ),
        first: bytes,
      }),
    )
    .optional(),
  layers: z.array(z.looseObject({ number: count, classes: count, states: count })).optional(),
  training: z.looseObject({
    sessions: count,
    conversations: count,
    leftOut: z.record(z.string(), z.number()),
    remarks: z.array(z.string()),
  }),
});

const refined = z.looseObject({
  version: count,
  from: count,
  layer: count,
  refinements: z.array(
    z.looseObject({
      version: count,
      time: z.string(),
      from: z.array(z.string()),
      conversations: count,
      requests: count,
      sources: z.array(z.looseObject({ address: z.string(), requests: count })),
      moreSources: count,
    }),
  ),
  samples: bytes,
  waiting: z.literal(true).optional(),
});

const options = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));

function place(path: readonly PropertyKey[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');
}

function parse(schema: z.ZodType, data: unknown, file: string): void {
  const result = schema.safeParse(data);
  if (result.success) return;
  const issue = result.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${place(issue.path)}`;
  throw new ModelError('damaged', `${file}: not a model of this program${where}: ${issue?.message ?? 'unknown form'}`);
}

/** Leaves of the tree that chooses a state. */
function* leaves(choice: unknown): Generator {
  const stack = [choice];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (typeof node !== 'object' || node === null) continue;
    if ('kind' in node && node.kind === 'leaf') yield 'value' in node ? node.value : undefined;
    else if ('yes' in node && 'no' in node) stack.push(node.no, node.yes);
    else yield undefined;
  }
}

function checkReferences(model: z.infer<typeof service>, file: string): void {
  const fail = (where: string, what: string): never => {
    throw new ModelError('damaged', `${file}: ${where} names ${what}, which is not there`);
  };
  const isIn = (id: unknown, list: readonly unknown[]): boolean =>
    typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < list.length;
  model.classes.forEach((requests, i) => {
    if (requests.id !== i) fail(`classes[${i}].id`, `class ${requests.id}`);
    for (const to of leaves(requests.select))
      if (!isIn(to, model.states)) fail(`classes[${i}].select`, `state ${String(to)}`);
  });
  model.states.forEach((at, i) => {
    if (at.id !== i) fail(`states[${i}].id`, `state ${at.id}`);
    for (const id of at.classes) if (!isIn(id, model.classes)) fail(`states[${i}].classes`, `class ${id}`);
    at.transitions.forEach((transition, j) => {
      if (!isIn(transition.class, model.classes))
        fail(`states[${i}].transitions[${j}].class`, `class ${transition.class}`);
      if (!isIn(transition.to, model.states)) fail(`states[${i}].transitions[${j}].to`, `state ${transition.to}`);
    });
  });
}

/** @throws {@link ModelError} `damaged`, naming the file and the place in it. */
export function checkService(data: unknown, file: string): void {
  parse(service, data, file);
  checkReferences(data as z.infer<typeof service>, file);
}

/** Checks where a model came from; one that was learned at once has nothing there. */
export function checkRefined(data: unknown, file: string): Model['refined'] {
  if (data === undefined) return undefined;
  parse(refined, data, file);
  return data as Model['refined'];
}

const refused = z.array(z.string().regex(/^(tcp|udp)\/\d{1,5}$/)).optional();

/** Checks the list of ports that refused connections. */
export function checkRefused(data: unknown, file: string): void {
  parse(refused, data, file);
}

/** Checks what is not part of a service. */
export function checkOptions(data: unknown, file: string): Model['options'] {
  parse(options, data, file);
  return data as Model['options'];
}
