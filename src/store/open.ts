/** Opens the database of a state folder, or says in a sentence why that can not be. */
import { closeSync, existsSync, fdatasyncSync, openSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { StoreError } from './errors.js';
import { APPLICATION, VERSION, migrate } from './schema.js';
import { Sql, sqliteCode } from './sqlite.js';

/** The file inside a state folder. */
const FILE = 'state.db';
/** Holds a lock for as long as the process that writes lives; the system gives it back however that ends. */
const LOCK = 'state.lock';

/** What the engine or the system said, as one of our errors. */
export function storeError(folder: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = sqliteCode(error);
  const message = error instanceof Error ? error.message : String(error);
  const cause = { cause: error };
  const file = path.join(folder, FILE);
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT'))
    return new StoreError(
      'damaged',
      `${file} is damaged (${message}); move it away and begin a new one, or take it from a backup`,
      cause,
    );
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'))
    return new StoreError('locked', `${folder} is being written by another process; wait for it, or end it`, cause);
  return new StoreError(
    'unwritable',
    `${file} can not be used: ${message}; look at the permissions of ${folder} and at the space left on its disk`,
    cause,
  );
}

/** The version of the file, checked. */
function versionOf(sql: Sql, file: string): number {
  const version = sql.number('PRAGMA user_version');
  const application = sql.number('PRAGMA application_id');
  const tables = sql.number('SELECT count(*) FROM sqlite_master');
  if (version === 0 && application === 0 && tables === 0) return 0;
  if (application !== APPLICATION)
    throw new StoreError('foreign', `${file} is a database of another program; name another state folder`);
  if (version > VERSION)
    throw new StoreError(
      'newer',
      `${file} was written by a newer scriptgen (form ${version}, this one knows ${VERSION}); use that one`,
    );
  return version;
}

/**
 * Opens for reading, also while a server writes.
 *
 * @throws {@link StoreError}
 */
export async function openForReading(folder: string): Promise<Sql> {
  const file = path.join(folder, FILE);
  if (!existsSync(file))
    throw new StoreError('missing', `${folder} holds no state; name a folder that serve --state has written`);
  let sql: Sql | undefined;
  try {
    // A file without a byte is one that a server is making this moment, or was when it was killed.
    if ((await stat(file)).size === 0)
      throw new StoreError('missing', `${folder} holds no state yet; a server has just begun it, or did not get to it`);
    sql = await Sql.open(file);
    sql.exec('PRAGMA query_only = ON');
    const version = versionOf(sql, file);
    if (version < VERSION)
      throw new StoreError(
        'foreign',
        `${file} has the form of an older scriptgen (${version}); start serve --state ${folder} once to renew it`,
      );
    return sql;
  } catch (error) {
    sql?.close();
    throw storeError(folder, error);
  }
}

/** A database that this process alone writes. */
export interface Owned {
  readonly sql: Sql;
  /** What was committed is on the disk when this returns. */
  sync(): void;
  close(): void;
}

/** Milliseconds that a write of a server waits for another process. */
const PATIENCE = 200;

/**
 * Opens for writing, making and renewing it where needed; a second server is refused.
 *
 * A commit writes to the log (WAL), and that survives the end of the process, however it ends. What has to
 * survive the end of the machine too is synced by hand: as with `synchronous = FULL`, but for the commits
 * only that something waits for.
 *
 * @throws {@link StoreError}
 */
export async function openForWriting(folder: string): Promise<Owned> {
  let lock: Sql | undefined;
  let sql: Sql | undefined;
  let log: number;
  try {
    await mkdir(folder, { recursive: true });
    lock = await Sql.open(path.join(folder, LOCK));
    lock.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    const file = path.join(folder, FILE);
    sql = await Sql.open(file);
    const version = versionOf(sql, file);
    sql.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216');
    checkWhole(sql, file);
    migrate(sql, version);
    takeOver(sql);
    log = openSync(`${file}-wal`, 'r+');
    // the server stands still while it waits
    sql.exec(`PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = ${PATIENCE}`);
  } catch (error) {
    sql?.close();
    lock?.close();
    throw storeError(folder, error);
  }
  const [database, holder] = [sql, lock];
  return {
    sql: database,
    sync: () => fdatasyncSync(log),
    close() {
      closeSync(log);
      database.close();
      holder.close();
    },
  };
}

/**
 * Sessions that a server left open when it died are marked. Always writes, and in full: so the engine has
 * written the log's directory entry to the disk once, and from then on the log's bytes are all there is to it.
 */
function takeOver(sql: Sql): void {
  sql.exec('BEGIN IMMEDIATE');
  sql.run(`INSERT INTO counters (name, value) VALUES ('starts', 1) ON CONFLICT (name) DO UPDATE SET value = value + 1`);
  sql.run(`UPDATE sessions SET whole = 'cut by a crash' WHERE whole = 'open'`);
  sql.exec('COMMIT');
}

/** Reads the whole file once: what is damaged is better found now than at the first alert. */
function checkWhole(sql: Sql, file: string): void {
  const [first] = Object.values(sql.get('PRAGMA quick_check(1)') ?? {});
  if (first !== 'ok')
    throw new StoreError(
      'damaged',
      `${file} is damaged (${String(first)}); move it away and begin a new one, or take it from a backup`,
    );
}
