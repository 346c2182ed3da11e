/** What can be wrong with a state folder. */

/**
 * - `missing`: there is nothing at that place.
 * - `newer`: written by a later version of the program.
 * - `damaged`: the file was cut off or changed.
 * - `foreign`: it is a database, but not one of ours.
 * - `locked`: another server is writing it.
 * - `unwritable`: the disk is full, or permission is missing.
 * - `unsupported`: the database engine does not run on this machine.
 */
export type StoreErrorCode = 'missing' | 'newer' | 'damaged' | 'foreign' | 'locked' | 'unwritable' | 'unsupported';

/** A state folder that can not be used; the message is one sentence for people. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
