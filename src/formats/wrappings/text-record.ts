/**
 * Which lines of text are records by themselves: a line of a format that is text, or JSON or such a line behind what the container runtime,
 * syslog or kubectl puts before it.
 *
 * Why so: a log holds other lines as well, and what is of no format is refused by the reader, at the byte where it stops being JSON. So a
 * line that only begins like a record of one is taken here, and it is for its format to say what is wrong with it.
 *
 * Cost: a look at the beginning of the line for each format. Worked example: `2026-03-10T14:00:03Z stdout F {"auditID":…` is taken;
 * `2026-03-10T14:00:03Z stdout F up and running` is not.
 * Source: reference/formats 3.12.
 */
import { parseRuntimeLine } from '../../model/runtime-line.ts';
import { isLikeJson } from '../json-text.ts';
import { parseKubectlPrefix } from './kubectl-prefix.ts';
import { securityFormatOf } from '../security/security-formats.ts';
import { parseSyslog } from './syslog.ts';

/** Two prefixes, one within the other, and a spare. */
const MAX_PREFIXES = 3;

/** For inputs of security records, and where an input holds any. */
export function isSecurityLine(line: string): boolean {
  return isRecord(line, (text) => securityFormatOf(text) !== undefined);
}

/** No format of payments is a line of text; JSON may have a prefix all the same. */
export function isPaymentLine(line: string): boolean {
  return isRecord(line, () => false);
}

function isRecord(line: string, isOfFormat: (text: string) => boolean): boolean {
  let text = line;
  for (let prefixes = 0; prefixes <= MAX_PREFIXES; prefixes += 1) {
    if (isOfFormat(text) || (prefixes > 0 && isLikeJson(text))) return true;
    const inside = parseRuntimeLine(text) ?? parseSyslog(text) ?? parseKubectlPrefix(text);
    if (inside === null) return false;
    text = inside.content;
  }
  return false;
}
