/** What every format needs beside the record. */
import type { Redactor } from './redact.ts';

export interface FormatContext {
  tenant: string;
  redactor: Redactor;
}
