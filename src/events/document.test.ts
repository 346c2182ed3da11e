/** What is written about events is what they are. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { eventSchema, eventsPage } from './index.js';

const DOCS = path.resolve(import.meta.dirname, '../../docs');

const written = async (name: string, text: string): Promise<string> => {
  const file = path.join(DOCS, name);
  return format(text, { ...(await resolveConfig(file)), filepath: file });
};

test('the page and the schema are those of the declarations (npm run docs:events)', async () => {
  expect(readFileSync(path.join(DOCS, 'events.md'), 'utf8')).toBe(await written('events.md', eventsPage()));
  const schema = await written('events.schema.json', JSON.stringify(eventSchema()));
  expect(readFileSync(path.join(DOCS, 'events.schema.json'), 'utf8')).toBe(schema);
});
