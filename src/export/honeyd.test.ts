import { describe, expect, it } from 'vitest';
import { tinyModel } from '../../tests/helpers/models.js';
import { ExportError } from './errors.js';
import { makeHoneyd } from './honeyd.js';
import type { ServiceModel } from '../model/types.js';

const make = (folder: string, services: readonly ServiceModel[] = tinyModel({}).services) =>
  makeHoneyd({ services, folder, node: '/usr/bin/node', generator: 'scriptgen 0.0.0', runtime: '' });

describe('what honeyd starts', () => {
  it('is a script for each service and the lines that start it', () => {
    const services = [...tinyModel({}).services, ...tinyModel({ transport: 'udp', port: 53 }).services];
    const { files, remarks } = make('/srv/pots', services);
    expect(files.map(({ name, program }) => [name, program])).toEqual([
      ['tcp-2121.mjs', true],
      ['udp-53.mjs', true],
      ['honeyd.conf', false],
      ['README.md', false],
    ]);
    expect(files[2]?.text).toBe(`# Written by scriptgen 0.0.0. Start it with
#   honeyd -d -f /srv/pots/honeyd.conf 192.0.2.1
create scriptgen
# The operating system that the recorded server ran is not known from its dialogues; take a name of
# nmap.prints, such as
#   set scriptgen personality "Linux 2.4.20"
set scriptgen default tcp action reset
set scriptgen default udp action reset
add scriptgen tcp port 2121 "/usr/bin/node /srv/pots/tcp-2121.mjs --stdio"
add scriptgen udp port 53 "/usr/bin/node /srv/pots/udp-53.mjs --stdio"
bind 192.0.2.1 scriptgen
`);
    expect(remarks).toEqual([]);
  });

  it.each(['/srv/two words', '/srv/"quoted"', '/srv/$ipsrc', '/srv/été', `/srv/${'deep/'.repeat(100)}`])(
    'can not lie in %s',
    (folder) => {
      expect(() => make(folder)).toThrow(ExportError);
    },
  );

  it('says what honeyd does otherwise than the recorded server', () => {
    const [service] = tinyModel({ transport: 'udp' }).services;
    if (!service) throw new Error('no service');
    const states = service.states.map((state) => ({
      ...state,
      close: 'rst' as const,
      answer: state.answer.map((message) => ({ ...message, freshPort: true })),
    }));
    const { files, remarks } = make('/srv', [{ ...service, states }]);
    expect(remarks).toHaveLength(2);
    for (const remark of remarks) expect(files.find(({ name }) => name === 'README.md')?.text).toContain(`- ${remark}`);
  });
});
