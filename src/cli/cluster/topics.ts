/** The topics that a deployment needs, and what they must keep: ours, which `setup` makes, and those that others fill. */
import type { TopicNeed } from '../../adapters/kafka/topics.ts';
import type { Config } from '../../config/options.ts';
import { timeSettings } from '../../config/time-settings.ts';
import { logNeedOf } from '../../join/log-need.ts';
import type { InputName } from '../../model/accounting.ts';
import { MICROS_PER_MS } from '../../model/instant.ts';
import type { RoleName } from './role.ts';
import { joinSettingsOf } from '../settings.ts';

const FOR_EVER = -1;
const WEEK_MS = 7 * 86_400_000;
const MIB = 1024 * 1024;

/** Inputs that a role reads. */
export const INPUTS_OF: Readonly<Partial<Record<RoleName, readonly InputName[]>>> = {
  events: ['audit', 'alerts', 'events'],
  spans: ['spans'],
  payments: ['payments'],
};

export function topicsOf(config: Config, input: InputName): readonly string[] {
  return config[`kafka.topics.${input}`];
}

/** The consumer group of a worker; the one of `incidents` has no members, it shows how far that one has come. */
export function groupOf(config: Config, role: RoleName): string {
  return `${config.namespace}-${role}`;
}

/** The group that says which incidents worker publishes. */
export function turnGroupOf(config: Config): string {
  return `${groupOf(config, 'incidents')}-turn`;
}

/** Of three copies two must have a record before it is acknowledged; of fewer, one. */
function insyncOf(replication: number): number {
  return replication >= 3 ? 2 : 1;
}

/** Topics that are ours: facts for ever, incidents compacted. */
export function ownTopics(config: Config): TopicNeed[] {
  const replication = config['kafka.replication'];
  const kept = {
    partitions: 1,
    replication,
    minInsyncReplicas: insyncOf(replication),
    retentionMs: FOR_EVER,
    maxMessageBytes: MIB,
  };
  return [
    { ...kept, topic: config['kafka.topics.links'] },
    { ...kept, topic: config['kafka.topics.incidents'], compacted: true },
    { ...kept, topic: config['kafka.topics.dead_letters'], retentionMs: WEEK_MS },
  ];
}

/** Topics that others fill: they must be there, and spans must be kept for as long as they may be asked for again. */
export function inputTopics(config: Config): TopicNeed[] {
  const join = joinSettingsOf(config);
  const need = Math.ceil(logNeedOf(join, timeSettings(config)) / MICROS_PER_MS);
  const inputs: InputName[] = ['audit', 'alerts', 'events', 'spans', 'payments'];
  return inputs.flatMap((input) =>
    topicsOf(config, input).map((topic) => ({
      topic,
      partitions: 1,
      made: { partitions: config['kafka.partitions'], replication: config['kafka.replication'] },
      replication: 1,
      minInsyncReplicas: 1,
      // A day and more: what nobody has read by then is lost.
      retentionMs: need,
      maxMessageBytes: 0,
      shared: true,
    })),
  );
}
