/** The command line of an exported script. */
import { parseArgs } from 'node:util';
import { dataServiceOf, isDataService } from '../../model/names.js';
import type { PackedService } from '../pack.js';

/** What a script was asked to do. */
export type Request =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'wrong'; readonly text: string }
  | { readonly kind: 'stdio'; readonly service: PackedService; readonly how: How }
  | {
      readonly kind: 'server';
      readonly host: string;
      readonly listen: readonly Listen[];
      /** Data sessions of the services that listen. */
      readonly data: readonly PackedService[];
      readonly how: How;
    };

/** What both modes share. */
export interface How {
  /** Makes up the same values at every start. */
  readonly seed?: number;
  /** Whether the times that the recorded server took are kept. */
  readonly delays: boolean;
}

/** A service and the port that it is to be served on. */
export interface Listen {
  readonly service: PackedService;
  readonly port: number;
}

const OPTIONS = {
  help: { type: 'boolean', short: 'h', default: false },
  host: { type: 'string' },
  port: { type: 'string' },
  map: { type: 'string', multiple: true, default: [] as string[] },
  service: { type: 'string' },
  seed: { type: 'string' },
  stdio: { type: 'boolean', default: false },
  delays: { type: 'boolean', default: false },
} as const;

/** Reads a command line. */
export function readArguments(args: readonly string[], all: readonly PackedService[], script: string): Request {
  const services = all.filter((each) => !isDataService(each.name));
  let values: ReturnType<typeof parse>;
  try {
    values = parse(args);
  } catch (error) {
    const text = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return wrong(`${text.replace(/\.? To specify a positional.*$/, '').replace(/\.$/, '')}; see --help`);
  }
  if (values.help) return { kind: 'help', text: help(services, script) };

  const names = services.map((each) => each.name).join(', ');
  const chosen = values.service === undefined ? services : services.filter((each) => each.name === values.service);
  const [first] = chosen;
  if (!first) return wrong(`--service ${values.service ?? ''}: there is no such service; choose of ${names}`);

  const seed = values.seed === undefined ? undefined : wholeNumber(values.seed, Number.MAX_SAFE_INTEGER);
  if (seed === null) return wrong(`--seed ${values.seed ?? ''}: not a whole number; give one, such as --seed 1`);
  const how: How = { delays: values.delays, ...(seed === undefined ? {} : { seed }) };

  if (values.stdio) {
    const option =
      (['host', 'port'] as const).find((name) => values[name] !== undefined) ?? (values.map.length > 0 ? 'map' : null);
    if (option)
      return wrong(`--stdio and --${option}: standard input and output have neither address nor port; leave out one`);
    if (chosen.length > 1) return wrong(`--stdio plays one service; name it with --service, of ${names}`);
    return { kind: 'stdio', service: first, how };
  }

  const ports = new Map(chosen.map((service) => [service.name, portOf(service)]));
  if (values.port !== undefined) {
    const port = wholeNumber(values.port, 65_535);
    if (port === null) return wrong(`--port ${values.port}: not a port; give a number from 0 to 65535`);
    if (chosen.length > 1)
      return wrong(`--port is for one service; name it with --service, or use --map ${first.name}=${values.port}`);
    ports.set(first.name, port);
  }
  for (const map of values.map) {
    const [, name = '', text = ''] = /^(.*)=(.*)$/.exec(map) ?? [];
    const port = wholeNumber(text, 65_535);
    if (port === null || !ports.has(name))
      return wrong(`--map ${map}: not SERVICE=PORT with a service of ${names}; such as --map ${first.name}=4000`);
    ports.set(name, port);
  }
  const listen = chosen.map((service) => ({ service, port: ports.get(service.name) ?? portOf(service) }));
  const data = all.filter((each) => chosen.some(({ name }) => dataServiceOf(name) === each.name));
  return { kind: 'server', host: values.host ?? '127.0.0.1', listen, data, how };
}

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false }).values;
}

function wrong(text: string): Request {
  return { kind: 'wrong', text };
}

function wholeNumber(text: string, most: number): number | null {
  return /^\d{1,16}$/.test(text) && Number(text) <= most ? Number(text) : null;
}

function portOf(service: PackedService): number {
  return Number(service.name.split('/')[1]);
}

function help(services: readonly PackedService[], script: string): string {
  const [first] = services;
  return `Answers in a server's place: ${services.map((each) => each.name).join(', ')}

node ${script} [--host ADDRESS] [--port PORT]   serve there; default 127.0.0.1 and the recorded port
node ${script} --stdio                          play one connection on standard input and output

  --host ADDRESS       address to serve at
  --port PORT          port to serve on, where there is one service
  --map SERVICE=PORT   port of one of several services, such as ${first?.name ?? ''}=4000; may be repeated
  --service SERVICE    only this one of several services
  --stdio              one connection: client bytes on standard input, answers on standard output; honeyd's
                       HONEYD_IP_SRC, HONEYD_SRC_PORT, HONEYD_IP_DST and HONEYD_DST_PORT say who talks to whom
  --delays             answer after the time that the recorded server took, not at once
  --seed N             make up the same values at every start
  --help               this text`;
}
