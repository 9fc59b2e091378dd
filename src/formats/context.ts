/** What every format needs beside the record. */
import type { Redactor } from './redaction/redact.ts';

export interface FormatContext {
  tenant: string;
  redactor: Redactor;
}
