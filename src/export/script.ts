/**
 * Script generation [05 §2.6]: services as one file that plain `node` runs, with the very engine of
 * `serve` inside: a header, the services as data, and the runtime that the build bundled.
 */
import { readFile } from 'node:fs/promises';
import { ExportError } from './errors.js';
import { nameOf, pack } from './pack.js';
import type { ServiceModel } from '../model/types.js';

/** What a script is made from. */
export interface ScriptParts {
  readonly services: readonly ServiceModel[];
  /** File name of the script, for its header. */
  readonly name: string;
  /** Name and version of the program, for its header. */
  readonly generator: string;
  /** The bundled runtime; see {@link readRuntime}. */
  readonly runtime: string;
}

/**
 * The runtime that the build has put beside this file; the path holds too where the command is one file in another folder.
 *
 * @throws {@link ExportError} `unbuilt`
 */
export async function readRuntime(): Promise<string> {
  const place = new URL('../export/runtime.mjs', import.meta.url);
  try {
    return await readFile(place, 'utf8');
  } catch (error) {
    const how = 'build it again (npm run build)';
    throw new ExportError('unbuilt', `${place.pathname}: this part of scriptgen is missing; ${how}`, { cause: error });
  }
}

/** The text of the script. */
export function makeScript({ services, name, generator, runtime }: ScriptParts): string {
  const { services: packed, literals } = pack(services);
  const lines = [
    '#!/usr/bin/env node',
    ...header(services, name, generator).map((line) => ` * ${line}`.trimEnd()),
    ' */',
    'const SCRIPTGEN_MODEL = {',
    '  services: [',
    ...packed.map((each) => `    { name: ${quote(each.name)}, machine: ${quote(each.machine)} },`),
    '  ],',
    '  literals: {',
    ...Object.entries(literals).map(([hash, text]) => `    ${quote(hash)}: ${quote(text)},`),
    '  },',
    '};',
  ];
  lines[1] = `/**\n${lines[1] ?? ''}`;
  return `${lines.join('\n')}\n${runtime.trimEnd()}\n`;
}

function header(services: readonly ServiceModel[], name: string, generator: string): string[] {
  const callable = services.filter((each) => !each.named);
  const [first] = callable;
  const several = callable.length > 1;
  const service = several && first ? ` --service ${nameOf(first)}` : '';
  return [
    `Answers in a server's place, as ${generator} learned it from recorded sessions. Node 20 or newer runs`,
    'this file with nothing installed.',
    '',
    ...services.map((each) => {
      const { sessions } = each.training;
      const count = (number: number, word: string): string => `${number} ${word}${number === 1 ? '' : 's'}`;
      return `  ${nameOf(each)}  ${count(each.states.length, 'state')}, from ${count(sessions, 'session')}`;
    }),
    '',
    `  node ${name} --host 127.0.0.1${several ? '' : ` --port ${first?.port ?? 0}`}`,
    `  node ${name} --stdio${service}`,
    `  node ${name} --help`,
  ].map((line) => line.replaceAll('*/', '* /').replace(/[^ -~]/g, '?'));
}

/** A string as JavaScript, in ASCII. */
function quote(text: string): string {
  const escaped = text.replace(/[\\']/g, '\\$&').replace(/[^ -~]/g, (c) => {
    const code = c.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `'${escaped}'`;
}
