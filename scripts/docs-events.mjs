#!/usr/bin/env node
// `npm run docs:events`: the page and the JSON schema of events, made from their declarations.
import { writeFileSync } from 'node:fs';
import { at, prepare } from './lib/project.mjs';
import { format, resolveConfig } from 'prettier';

prepare();
const { eventSchema, eventsPage } = await import(at('dist', 'events', 'index.js'));
const write = async (name, text) => {
  const file = at('docs', name);
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
};
await write('events.md', eventsPage());
await write('events.schema.json', JSON.stringify(eventSchema()));
