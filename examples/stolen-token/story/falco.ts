/** Alerts of Falco, as its JSON output writes them. */
import type { SeededRandom } from '../../../tools/seeded-random.ts';
import type { TimedRecord } from './audit.ts';
import { NAMESPACE, type Pod } from './company.ts';
import { nanosIsoText, nanosText } from './time.ts';

export interface FalcoAlert {
  ms: number;
  rule: string;
  priority: string;
  text: string;
  tags: string[];
  pod: Pod;
  process: { name: string; parent: string; cmdline: string; exepath: string; tty?: number };
  fields?: Record<string, unknown>;
  /** Where the pod is none of the company's services. */
  elsewhere?: { namespace: string; container: string };
  /** The container runtime had not answered yet: no Kubernetes fields, the container's id alone. */
  withoutMetadata?: boolean;
}

/**
 * Falco writes `evt.time` as a number of 19 digits, more than a Number holds; this marks where the text of one is to
 * stand without its quotes.
 */
export const NUMBER_MARK = '@number:';

export class FalcoLog {
  readonly records: TimedRecord[] = [];
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  alert(alert: FalcoAlert): void {
    const { pod, process, withoutMetadata: bare = false } = alert;
    const { namespace, container } = alert.elsewhere ?? { namespace: NAMESPACE, container: pod.service };
    const shortId = pod.containerId.slice(0, 12);
    const time = alert.ms + this.#random.integer(0, 999) / 1_000;
    const fields = {
      'container.id': shortId,
      'container.image.repository': bare ? null : `registry.example.com/${namespace}/${container}`,
      'container.name': bare ? null : container,
      'evt.time': `${NUMBER_MARK}${nanosText(time)}`,
      ...alert.fields,
      'k8s.ns.name': bare ? null : namespace,
      'k8s.pod.name': bare ? null : pod.name,
      'proc.cmdline': process.cmdline,
      'proc.exepath': process.exepath,
      'proc.name': process.name,
      'proc.pname': process.parent,
      'proc.tty': process.tty ?? 0,
      'user.loginuid': -1,
      'user.name': 'node',
      'user.uid': 1000,
    };
    const clock = nanosIsoText(time).slice(11, -1);
    const shown = `${alert.text} | user=node process=${process.name} parent=${process.parent} command=${process.cmdline}`;
    this.#write(time, {
      uuid: this.#random.uuid(),
      output: `${clock}: ${alert.priority} ${shown} container_id=${shortId}`,
      priority: alert.priority,
      rule: alert.rule,
      source: 'syscall',
      tags: alert.tags,
      time: nanosIsoText(time),
      hostname: pod.node,
      output_fields: fields,
    });
  }

  /** Falco about itself: health, no fact of security. */
  health(ms: number, rule: string, node: string, fields: Record<string, unknown>): void {
    this.#write(ms, {
      uuid: this.#random.uuid(),
      output: rule,
      priority: rule.endsWith('drop') ? 'Debug' : 'Informational',
      rule,
      source: 'internal',
      tags: [],
      time: nanosIsoText(ms),
      hostname: node,
      output_fields: { 'evt.time': `${NUMBER_MARK}${nanosText(ms)}`, ...fields },
    });
  }

  /** An alert of Falco's audit plugin: the same fact as an audit record, told a second time. */
  ofAudit(ms: number, rule: string, target: Record<string, string>): void {
    this.#write(ms, {
      uuid: this.#random.uuid(),
      output: `Notice ${rule} (${Object.values(target).join(' ')})`,
      priority: 'Notice',
      rule,
      source: 'k8s_audit',
      tags: ['k8s'],
      time: nanosIsoText(ms),
      hostname: 'falco-k8saudit-0',
      output_fields: { 'evt.time': `${NUMBER_MARK}${nanosText(ms)}`, ...target },
    });
  }

  #write(ms: number, record: Record<string, unknown>): void {
    this.records.push({ ms, record });
  }
}
