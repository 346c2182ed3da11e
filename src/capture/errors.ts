/** The one error of the capture reader: a file that cannot be used at all. */

export type CaptureErrorCode = 'missing' | 'unreadable' | 'empty' | 'foreign';

/**
 * A capture that cannot be read from its beginning: the message is one sentence that names the file,
 * the place and the mend. Damage further on is a warning in the report instead.
 */
export class CaptureError extends Error {
  readonly code: CaptureErrorCode;

  constructor(code: CaptureErrorCode, message: string) {
    super(message);
    this.name = 'CaptureError';
    this.code = code;
  }
}
