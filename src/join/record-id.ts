/** What tells one record of a security input from any other: its native tuple, who asked for what, and its stage. */
import { canonicalJson } from '../model/canonical-json.ts';
import { sha256Hex } from '../model/ids.ts';
import type { Observation } from '../model/observation.ts';

/** SHA-256 in hex. A client may choose its auditID: actor and detail tell two such requests apart. */
export function recordIdOf(observation: Observation): string {
  const { nativeTuple, start, end, action, actor, detail, stage } = observation;
  const at = stage === null ? null : [stage.rank, end, action];
  return sha256Hex(canonicalJson([nativeTuple, start, actor, detail, at]));
}
