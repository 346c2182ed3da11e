/** What can be wrong with an export. */

/**
 * - `occupied`: something stands at the place to write to.
 * - `unfit`: the model or the place can not be put into the form asked for.
 * - `unwritable`: the disk is full, or permission is missing.
 * - `unbuilt`: the program itself is not whole.
 */
export type ExportErrorCode = 'occupied' | 'unfit' | 'unwritable' | 'unbuilt';

/** An export that can not be made; the message is one sentence for people. */
export class ExportError extends Error {
  override readonly name = 'ExportError';

  readonly code: ExportErrorCode;

  constructor(code: ExportErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
