/** The settings of the join, from the options and data/methods.yaml. */
import { MICROS_PER_DAY, MICROS_PER_HOUR } from '../model/instant.ts';
import type { JoinSettings, MethodSettings } from '../model/join-settings.ts';
import { METHODS, type Method } from '../model/link.ts';
import type { MethodsFile } from './methods-file.ts';
import type { Config } from './options.ts';

/** Fixed by the specification (F4, J15), not options: they are part of what a link means. */
const SESSION_CAP = 8 * MICROS_PER_HOUR;
const ALIAS_HORIZON = 7 * MICROS_PER_DAY;

/** Switches that are not set follow the file. */
export function joinSettings(config: Config, file: MethodsFile): JoinSettings {
  const methods = {} as Record<Method, MethodSettings>;
  for (const method of METHODS) {
    const declared = file.methods[method];
    methods[method] = { ...declared, enabled: config[`join.methods.${method}`] ?? declared.enabled };
  }
  return {
    before: config['join.before'],
    after: config['join.after'],
    skew: config['join.skew'],
    bindingHorizon: config['join.binding_horizon'],
    maxSpan: config['join.max_span'],
    lateHorizon: config['join.late_horizon'],
    sessionCap: SESSION_CAP,
    aliasHorizon: ALIAS_HORIZON,
    maxPaymentsPerTrace: config['join.max_payments_per_trace'],
    maxPodsPerEvent: config['join.max_pods_per_event'],
    halfLife: file.halfLife,
    orderFactor: file.orderFactor,
    selfReportedCap: file.selfReportedCap,
    escapeBase: file.escapeBase,
    methods,
  };
}
