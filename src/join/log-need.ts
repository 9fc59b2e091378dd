/**
 * How long the log must keep records, so that the latest event which is still let in finds every span that may concern it.
 *
 * An event may come `late_horizon` behind the watermark, and is then met with the spans of the log. These lie up to the
 * look-back before it (SPEC T12); the span that names the payment lies up to the binding horizon and the longest span
 * further back.
 *
 *     need = late_horizon + look-back + binding_horizon + max_span
 *
 * Worked example (defaults): 24 h + 6 min 2 s + 5 min + 1 min = 24 h 12 min 2 s.
 */
import type { Micros } from '../model/instant.ts';
import type { JoinSettings } from '../model/join-settings.ts';
import type { TimeSettings } from '../model/time-settings.ts';
import { lookBackOf } from './closing.ts';

export function logNeedOf(join: JoinSettings, time: TimeSettings): Micros {
  return join.lateHorizon + lookBackOf(join, time) + join.bindingHorizon + join.maxSpan;
}
