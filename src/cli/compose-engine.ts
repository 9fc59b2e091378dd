/** Puts rooms together for the verbs that work on a data folder with a log: options of the engine, decoders. */
import type { Config } from '../config/options.ts';
import { timeSettings } from '../config/time-settings.ts';
import type { Redactor } from '../formats/redact.ts';
import type { Instant } from '../model/instant.ts';
import type { CorrelateOptions } from '../runtime/correlate.ts';
import { createDecoders, type Decoders } from '../runtime/decoders.ts';
import type { EngineOptions } from '../runtime/live/engine-options.ts';
import { correlateOptions } from './compose.ts';

export interface EngineParts {
  /** What both lanes share. */
  shared: CorrelateOptions;
  engine: EngineOptions;
  decoders: Decoders;
}

/** Everything that an engine needs but its ports. */
export function engineParts(
  config: Config,
  redactor: Redactor,
  mode: EngineOptions['mode'],
  asOf: Instant | null = null,
): EngineParts {
  const shared = correlateOptions(config, redactor, asOf);
  const { identity, attributes, settings } = shared;
  return {
    shared,
    engine: {
      ...shared,
      mode,
      time: timeSettings(config),
      paymentsProvenance: identity.payments,
      attribute: (name) => attributes.lookup(name),
      // A bounded run has all its records in the log, and no clock; a trace is looked for in all of them.
      traceReach: mode === 'bounded' ? Infinity : settings.lateHorizon,
    },
    decoders: createDecoders({ ...shared, provenance: identity.spans }),
  };
}
