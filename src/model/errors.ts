/**
 * Every error that a user can meet, declared once: code, exit status, HTTP status, title. Command line, API and the
 * reference page (docs/reference/errors.md) read this table. A message says what happened, where, and what to do.
 */

interface ErrorDeclaration {
  /** Exit status of the command line, DESIGN section 9. */
  exit: 1 | 2 | 3 | 4 | 5;
  /** HTTP status of the API. */
  status: number;
  title: string;
}

export const ERRORS = {
  CF_USAGE: { exit: 2, status: 400, title: 'The command or request is not of the expected form' },
  CF_CONFIG: { exit: 3, status: 500, title: 'The configuration is not valid' },
  CF_RULE: { exit: 3, status: 500, title: 'A rule file is not valid' },
  CF_DATA_FILE: { exit: 3, status: 500, title: 'A data file is not valid' },
  CF_INPUT: { exit: 4, status: 422, title: 'The input cannot be read' },
  CF_INPUT_REFUSED: { exit: 4, status: 422, title: 'Records of the input were refused' },
  CF_NOT_FOUND: { exit: 1, status: 404, title: 'Nothing has this id' },
  CF_NO_INDEX: { exit: 1, status: 503, title: 'There is no index in the data folder' },
  CF_INDEX_VERSION: { exit: 1, status: 503, title: 'The index was written by another version' },
  CF_INDEX_LOCKED: { exit: 1, status: 503, title: 'Another process writes to this data folder' },
  CF_DATA_GONE: {
    exit: 1,
    status: 503,
    title: 'The data folder was removed or replaced while it was in use',
  },
  CF_NO_LOG: { exit: 1, status: 503, title: 'There is no log in the data folder' },
  CF_LOG_FULL: { exit: 1, status: 503, title: 'The log cannot take more' },
  CF_LOG_CORRUPT: { exit: 1, status: 503, title: 'The log was damaged where it must be whole' },
  CF_LOG_GONE: { exit: 1, status: 410, title: 'The log no longer keeps these records' },
  CF_OVER_LIMIT: { exit: 1, status: 413, title: 'A limit was reached' },
  CF_BUSY: { exit: 1, status: 429, title: 'More is on its way than may wait' },
  CF_STOPPING: { exit: 1, status: 503, title: 'The process is stopping' },
  CF_ENDED: { exit: 1, status: 409, title: 'The input has ended' },
  CF_NOT_REDRIVABLE: { exit: 1, status: 409, title: 'The dead letter cannot be put through again' },
  CF_KEY_REUSED: { exit: 1, status: 422, title: 'The Idempotency-Key stands for another request' },
  CF_MEDIA_TYPE: { exit: 1, status: 415, title: 'The body is in a form that is not read here' },
  CF_UNAUTHENTICATED: { exit: 1, status: 401, title: 'The request brought no key that is known here' },
  CF_FORBIDDEN: { exit: 1, status: 403, title: 'The key does not allow this' },
  CF_KEY_FILE: { exit: 3, status: 503, title: 'The file of API keys cannot be used' },
  CF_CROSS_ORIGIN: { exit: 1, status: 403, title: 'A page of another site may not send anything here' },
  CF_NOT_BUILT: { exit: 2, status: 501, title: 'This is not built yet' },
  CF_UNREACHABLE: { exit: 5, status: 503, title: 'A server cannot be reached' },
  CF_SERVER_SETUP: { exit: 5, status: 503, title: 'A server is not set up as it must be' },
  CF_WINDOW_LOST: { exit: 1, status: 503, title: 'The window of spans was lost' },
  CF_PORT_IN_USE: { exit: 5, status: 500, title: 'The port is in use' },
  CF_CURSOR: { exit: 2, status: 400, title: 'The cursor does not belong to this list' },
  CF_INTERNAL: { exit: 1, status: 500, title: 'Something failed inside Counterfoil' },
} as const satisfies Record<string, ErrorDeclaration>;

export type ErrorCode = keyof typeof ERRORS;

/** One thing that is wrong, with its place where it has one. */
export interface Problem {
  /** `file:line:column`, a JSON pointer or an option name. */
  at: string;
  text: string;
}

/** An error with a code of the table; `problems` lists every single fault where there are several. */
export class CounterfoilError extends Error {
  readonly code: ErrorCode;
  readonly problems: Problem[];

  constructor(code: ErrorCode, message: string, problems: Problem[] = []) {
    super(message);
    this.name = 'CounterfoilError';
    this.code = code;
    this.problems = problems;
  }
}
