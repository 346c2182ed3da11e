/**
 * For honeyd: a script for each service, started once for each connection with the connection as its
 * standard input and output, and the lines of `honeyd.conf` that start it [honeyd(8)].
 */
import path from 'node:path';
import { ExportError } from './errors.js';
import { nameOf } from './pack.js';
import { makeScript } from './script.js';
import type { ServiceModel } from '../model/types.js';

/** honeyd cuts a command off behind so many characters. */
const LONGEST_COMMAND = 511;
/** honeyd reads an answer to a datagram into so many bytes. */
const LARGEST_DATAGRAM = 2048;
const TEMPLATE = 'scriptgen';
const CONFIGURATION = 'honeyd.conf';
const LARGEST_PRINTED = 40;

/** What a folder for honeyd is made from. */
export interface HoneydParts {
  readonly services: readonly ServiceModel[];
  /** The folder, absolute: honeyd starts the scripts from there. */
  readonly folder: string;
  /** The `node` that honeyd starts them with, absolute. */
  readonly node: string;
  readonly generator: string;
  readonly runtime: string;
}

/** A file of the folder. */
export interface ExportedFile {
  readonly name: string;
  readonly text: string;
  /** Whether it is to be run. */
  readonly program: boolean;
}

/** What is written, and sentences about what honeyd can not do. */
export interface HoneydFiles {
  readonly files: readonly ExportedFile[];
  readonly remarks: readonly string[];
}

/**
 * The files of the folder.
 *
 * @throws {@link ExportError} `unfit` for a path that honeyd can not start a program from
 */
export function makeHoneyd(all: HoneydParts): HoneydFiles {
  const parts = { ...all, services: all.services.filter((service) => !service.named) };
  const { services, generator, runtime } = parts;
  const scripts = services.map((service) => {
    const name = scriptName(service);
    return { name, text: makeScript({ services: [service], name, generator, runtime }), program: true };
  });
  const remarks = services.flatMap(remarksOn);
  const files = [
    ...scripts,
    { name: CONFIGURATION, text: configuration(parts), program: false },
    { name: 'README.md', text: readme(parts, remarks), program: false },
  ];
  return { files, remarks };
}

function scriptName(service: ServiceModel): string {
  return `${service.transport}-${service.port}.mjs`;
}

function commandFor(service: ServiceModel, { node, folder }: HoneydParts): string {
  const words = [node, path.join(folder, scriptName(service)), '--stdio'];
  for (const word of words) {
    // honeyd splits the command at spaces, without quotes, and puts values in the place of $names
    if (/[^!-~]|["'$]/.test(word)) {
      const shown = word.slice(0, LARGEST_PRINTED * 3);
      throw new ExportError(
        'unfit',
        `${shown}: honeyd starts no program from a path with a space, quote, dollar sign or letter beyond ASCII in it; choose another -o`,
      );
    }
  }
  const command = words.join(' ');
  if (command.length > LONGEST_COMMAND) {
    throw new ExportError(
      'unfit',
      `${folder}: honeyd cuts commands off after ${LONGEST_COMMAND} characters; choose a shorter -o`,
    );
  }
  return command;
}

function configuration(parts: HoneydParts): string {
  const { services, folder, generator } = parts;
  const own = address(services);
  return `# Written by ${generator}. Start it with
#   honeyd -d -f ${path.join(folder, CONFIGURATION)} ${own}
create ${TEMPLATE}
# The operating system that the recorded server ran is not known from its dialogues; take a name of
# nmap.prints, such as
#   set ${TEMPLATE} personality "Linux 2.4.20"
set ${TEMPLATE} default tcp action reset
set ${TEMPLATE} default udp action reset
${services.map((service) => `add ${TEMPLATE} ${service.transport} port ${service.port} "${commandFor(service, parts)}"`).join('\n')}
bind ${own} ${TEMPLATE}
`;
}

/** The address of the recorded server, where honeyd can take it. */
function address(services: readonly ServiceModel[]): string {
  return services.map((service) => service.server).find((each) => /^\d+\.\d+\.\d+\.\d+$/.test(each)) ?? '192.0.2.1';
}

function remarksOn(service: ServiceModel): string[] {
  const remarks: string[] = [];
  const messages = service.states.flatMap((state) => state.answer);
  const name = nameOf(service);
  if (messages.some((message) => message.freshPort)) {
    remarks.push(
      `${name}: the recorded server answered from a new port; honeyd answers from port ${service.port}, which some clients refuse.`,
    );
  }
  const long = service.transport === 'udp' && messages.some((message) => longest(message.pieces) > LARGEST_DATAGRAM);
  if (long) remarks.push(`${name}: honeyd cuts answers off after ${LARGEST_DATAGRAM} bytes, and some are longer.`);
  if (service.states.some((state) => state.feedsData)) {
    remarks.push(`${name}: its data sessions are at ports that its answers name; honeyd can not open those.`);
  }
  if (service.states.some((state) => state.close === 'rst')) {
    remarks.push(`${name}: the recorded server reset some connections; honeyd closes them.`);
  }
  return remarks;
}

function longest(pieces: ServiceModel['states'][number]['answer'][number]['pieces']): number {
  return pieces.reduce((sum, piece) => sum + (piece.kind === 'literal' ? piece.bytes : piece.example).length, 0);
}

function readme({ services, folder, node, generator }: HoneydParts, remarks: readonly string[]): string {
  const list = services.map((service) => `- \`${scriptName(service)}\` answers as ${nameOf(service)} did`);
  return `# Services for honeyd

Written by ${generator}. honeyd(8) starts a script for each connection:

    honeyd -d -f ${path.join(folder, CONFIGURATION)} ${address(services)}

${list.join('\n')}
- \`${CONFIGURATION}\` binds them to ${address(services)}; change the address in its last line

The paths in \`${CONFIGURATION}\` are those of the machine that this was written on. On another one, put the paths of
this folder and of \`node\` (version 20 or newer) in the place of

    ${folder}
    ${node}

Neither may hold a space. The user that honeyd runs scripts as has to be able to read both.
${remarks.length === 0 ? '' : `\nWhat honeyd can not do as the recorded server did:\n\n${remarks.map((remark) => `- ${remark}`).join('\n')}\n`}
To try a script without honeyd:

    node ${services[0] ? scriptName(services[0]) : ''} --stdio
    node ${services[0] ? scriptName(services[0]) : ''} --host 127.0.0.1 --port 4000
`;
}
