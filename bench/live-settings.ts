/** The settings of the live engine as `run` has them without a configuration. */
import { loadConfig } from '../src/config/load.ts';
import { timeSettings } from '../src/config/time-settings.ts';
import { correlateOptions } from '../src/cli/compose.ts';
import { createRedactor } from '../src/formats/redaction/redact.ts';
import type { AttributeTable } from '../src/formats/otlp/transaction-attributes.ts';
import type { InputMode } from '../src/join/partition-progress.ts';
import type { EngineOptions } from '../src/runtime/live/engine-options.ts';

export function liveSettings(mode: InputMode): EngineOptions & { attributes: AttributeTable } {
  const { config } = loadConfig({ file: null, env: {}, flags: {}, cwd: '/', home: '/' });
  const options = correlateOptions(
    config,
    createRedactor(() => new Uint8Array(32)),
    null,
  );
  return {
    ...options,
    mode,
    time: timeSettings(config),
    paymentsProvenance: options.identity.payments,
    attribute: (name) => options.attributes.lookup(name),
    traceReach: options.settings.bindingHorizon + options.settings.after,
  };
}
