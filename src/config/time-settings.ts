/** The settings of time in the live engine, from the options. */
import { MICROS_PER_MINUTE } from '../model/instant.ts';
import type { TimeSettings } from '../model/time-settings.ts';
import type { Config } from './options.ts';

/** No option: it decides when a stall is said, never what an event, a link or a watermark is. */
const STALLED_AFTER = MICROS_PER_MINUTE;

export function timeSettings(config: Config): TimeSettings {
  return {
    outOfOrderness: config['join.out_of_orderness'],
    maxEventDelay: config['join.max_event_delay'],
    maxSkew: config['join.max_skew'],
    grace: config['join.grace'],
    stalledAfter: STALLED_AFTER,
  };
}
