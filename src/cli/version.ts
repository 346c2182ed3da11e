/** Name and version of the program, from its package. */
import { readFileSync } from 'node:fs';

const about = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

export const VERSION = about.version;
export const GENERATOR = `scriptgen ${VERSION}`;
