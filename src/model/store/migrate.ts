/** Models written by earlier versions, brought to the present schema step by step. */
import { SCHEMA_VERSION } from '../types.js';
import { ModelError } from '../errors.js';

/** A model of some schema: data, not yet checked. */
export type Loose = Readonly<Record<string, unknown>>;

/** By the schema that it starts from, the step to the next one. Every schema that was ever released stays readable. */
const MIGRATIONS: ReadonlyMap<number, (model: Loose) => Loose> = new Map();

/**
 * @param file named in errors.
 * @throws {@link ModelError} `newer`, or `damaged` where the number makes no sense.
 */
export function checkSchema(schema: unknown, file: string): number {
  if (typeof schema !== 'number' || !Number.isInteger(schema) || schema < 1) {
    throw new ModelError(
      'damaged',
      `${file}: schema is ${schema === undefined ? 'missing' : JSON.stringify(schema)}, not a version number`,
    );
  }
  if (schema > SCHEMA_VERSION) {
    throw new ModelError(
      'newer',
      `${file}: written by a newer scriptgen (schema ${schema}; this one reads up to ${SCHEMA_VERSION}); update scriptgen`,
    );
  }
  return schema;
}

/** Brings a model from `schema` to the present one. */
export function migrate(model: Loose, schema: number, steps = MIGRATIONS, goal: number = SCHEMA_VERSION): Loose {
  let at = model;
  for (let version = schema; version < goal; version++) {
    const step = steps.get(version);
    if (step === undefined) throw new ModelError('damaged', `schema ${version} was never released`);
    at = { ...step(at), schema: version + 1 };
  }
  return at;
}
