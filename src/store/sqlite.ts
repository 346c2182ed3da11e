/**
 * The embedded database, as narrow as it is needed here. The native module is loaded when the first
 * database is opened and not before: whoever keeps no state needs none.
 *
 * The module ends the process on values that it has no column type for, and takes a lone array of bytes
 * for named parameters; so parameters are typed, and always handed over in a list.
 */
import { StoreError } from './errors.js';

/** What a column takes. */
export type Value = number | string | null | Uint8Array;

/** What a column gives. */
export type Row = Readonly<Record<string, unknown>>;

interface Prepared {
  run(values: readonly Value[]): { readonly changes: number; readonly lastInsertRowid: number | bigint };
  get(values: readonly Value[]): Row | undefined;
  all(values: readonly Value[]): readonly Row[];
  iterate(values: readonly Value[]): Iterable<Row>;
}

interface Native {
  prepare(sql: string): Prepared;
  exec(sql: string): void;
  close(): void;
}

type Constructor = new (file: string) => Native;

/** Milliseconds that a write waits for another process. */
const PATIENCE = 5_000;

let loaded: Promise<Constructor> | undefined;

async function load(): Promise<Constructor> {
  try {
    return (await import('libsql')).default as unknown as Constructor;
  } catch (error) {
    throw new StoreError(
      'unsupported',
      'the database engine (npm package libsql) can not be loaded on this machine; install again with npm ci, or go without a state folder',
      { cause: error },
    );
  }
}

/** The engine's code of an error, as in `SQLITE_CORRUPT`. */
export function sqliteCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** One connection to a database; statements are prepared once. */
export class Sql {
  readonly #native: Native;
  readonly #prepared = new Map<string, Prepared>();

  private constructor(native: Native) {
    this.#native = native;
  }

  /** @throws what the engine says, for a file that can not be opened */
  static async open(file: string): Promise<Sql> {
    loaded ??= load();
    const Database = await loaded;
    const sql = new Sql(new Database(file));
    sql.exec(`PRAGMA busy_timeout = ${PATIENCE}`);
    return sql;
  }

  /** Statements without parameters. */
  exec(text: string): void {
    this.#native.exec(text);
  }

  /** Writes; how many rows it concerned, and the number of the one that was added last. */
  run(text: string, ...values: Value[]): { changes: number; id: number } {
    const { changes, lastInsertRowid } = this.#prepare(text).run(values);
    return { changes, id: Number(lastInsertRowid) };
  }

  get(text: string, ...values: Value[]): Row | undefined {
    return this.#prepare(text).get(values);
  }

  all(text: string, ...values: Value[]): readonly Row[] {
    return this.#prepare(text).all(values);
  }

  /** The first column of the first row as a number, 0 where there is none. */
  number(text: string, ...values: Value[]): number {
    const [first] = Object.values(this.get(text, ...values) ?? {});
    return typeof first === 'number' ? first : 0;
  }

  close(): void {
    this.#prepared.clear();
    this.#native.close();
  }

  #prepare(text: string): Prepared {
    const known = this.#prepared.get(text);
    if (known) return known;
    const prepared = this.#native.prepare(text);
    this.#prepared.set(text, prepared);
    return prepared;
  }
}

/** A column of bytes. */
export function bytesOf(value: unknown): Uint8Array {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return value instanceof Uint8Array ? value : new Uint8Array(0);
}

/** A column of text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A column with a number. */
export function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
