/** What can be wrong with a model on disk. */

/**
 * - `missing`: there is nothing at that place, or no model.
 * - `newer`: written by a later version of the program.
 * - `damaged`: a file is missing, cut off or changed.
 * - `occupied`: the folder holds something else that must not be overwritten.
 * - `locked`: another process is writing it.
 * - `stale`: a version that was made from another model than there is now.
 * - `unwritable`: the disk is full, or permission is missing.
 */
export type ModelErrorCode = 'missing' | 'newer' | 'damaged' | 'occupied' | 'locked' | 'stale' | 'unwritable';

/** A model that can not be read or written; the message is one sentence for people. */
export class ModelError extends Error {
  override readonly name = 'ModelError';

  readonly code: ModelErrorCode;

  constructor(code: ModelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
