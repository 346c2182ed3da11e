/** The declarations as a JSON schema and as a page for readers. */
import { z } from 'zod';
import { alerts, serving } from './declared.js';

type Json = Readonly<Record<string, unknown>>;

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A declaration as JSON schema: what JSON has no type for is in the form in which it is written. */
function schemaOf(declared: z.ZodType): Json {
  const schema = z.toJSONSchema(declared, {
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      const { json, words } = jsonSchema as Json;
      delete jsonSchema['json'];
      delete jsonSchema['words'];
      // said by the types alone
      delete jsonSchema.readOnly;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (isJson(json)) Object.assign(jsonSchema, json);
      if (typeof words === 'string') jsonSchema.description ??= words;
    },
  });
  delete schema.$schema;
  return schema;
}

/** The JSON schema of every line of a log and of everything that `scriptgen events --json` prints. */
export function eventSchema(): Json {
  const all = [...Object.values(serving), ...Object.values(alerts)];
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'scriptgen event',
    oneOf: all.map(schemaOf),
  };
}

function typeText(schema: Json): string {
  const { enum: values, const: constant, type, anyOf, oneOf, items, properties } = schema;
  if (typeof constant === 'string') return `\`${constant}\``;
  if (Array.isArray(values)) return values.map((value) => `\`${String(value)}\``).join(', ');
  const either = anyOf ?? oneOf;
  if (Array.isArray(either)) return either.filter(isJson).map(typeText).join(' or ');
  if (type === 'array' && isJson(items)) return `list of ${typeText(items)}`;
  if (isJson(properties)) {
    const fields = Object.entries(properties).map(
      ([name, field]) => `\`${name}\`: ${isJson(field) ? typeText(field) : ''}`,
    );
    return `{ ${fields.join('; ')} }`;
  }
  return typeof type === 'string' ? type : 'any';
}

function table(schema: Json): string[] {
  const { properties, required } = schema;
  if (!isJson(properties)) return [];
  const needed = new Set(Array.isArray(required) ? required : []);
  const rows = Object.entries(properties).flatMap(([name, field]) => {
    if (!isJson(field) || name === 'event') return [];
    const optional = needed.has(name) ? '' : ' (not always there)';
    return [`| \`${name}\` | ${typeText(field)}${optional} | ${textOf(field['description']).replaceAll('|', '\\|')} |`];
  });
  return ['| field | type | what |', '| --- | --- | --- |', ...rows];
}

function section(declared: Readonly<Record<string, z.ZodType>>): string[] {
  return Object.entries(declared).flatMap(([name, type]) => {
    const schema = schemaOf(type);
    return ['', `### ${name}`, '', textOf(schema['description']), '', ...table(schema)];
  });
}

/** The page `docs/events.md`. */
export function eventsPage(): string {
  return [
    '# Events',
    '',
    'Made from `src/events/declared.ts` by `npm run docs:events`; the same as a JSON schema is in [events.schema.json](events.schema.json).',
    '',
    '## What the server does, as it does it',
    '',
    'One JSON object a line with `serve --log FILE`.',
    ...section(serving),
    '',
    '## What is made of it, and kept',
    '',
    'With `serve --state FOLDER`; `scriptgen events FOLDER` reads them. They are in the log as well.',
    ...section(alerts),
    '',
  ].join('\n');
}
