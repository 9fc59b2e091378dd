/**
 * The output fields of an alert of Falco by the names that Falco gave them, however a forwarder spelt them.
 *
 * Why: stores do not like dots in names. Falcosidekick writes underscores for Elasticsearch, and pipelines make objects of them, one within the
 * other. An alert whose pod stands under such a name would be an alert about nobody.
 *
 * What: objects below the classes of fields that this program reads are taken apart into dotted names; of names with underscores, those that it reads
 * get their dots back, where no field with dots says it. All else stays as it is. Cost: one pass, and at most MAX_NAME characters for a member.
 * Worked example: `{k8s: {pod: {name: "a"}}, container_id: "5892b41bcf46"}` -> `{"k8s.pod.name": "a", "container.id": "5892b41bcf46"}`.
 * Source: Falcosidekick, outputs/elasticsearch.go; Logstash, filter de_dot; Elasticsearch, processor dot_expander.
 */
import type { Json } from '../../model/json.ts';
import { isObject, type Fields } from '../fields.ts';

/** A name of Falco has four parts at most. */
const MAX_LEVELS = 6;
/** The longest has half as many characters; a longer one before each of many members would make a record as many times as large. */
const MAX_NAME = 64;
/** What falco.ts reads, and rules commonly look at; by the spelling with underscores. */
const DOTTED: ReadonlyMap<string, string> = new Map(
  [
    'container.full_id',
    'container.id',
    'container.image.repository',
    'container.image.tag',
    'container.name',
    'evt.failed',
    'evt.hostname',
    'evt.res',
    'evt.time',
    'evt.time.iso8601',
    'evt.type',
    'fd.name',
    'k8s.node.name',
    'k8s.ns.name',
    'k8s.pod.name',
    'k8s.pod.uid',
    'ka.auditid',
    'ka.response.code',
    'ka.target.name',
    'ka.target.namespace',
    'ka.target.resource',
    'ka.target.subresource',
    'ka.uri',
    'ka.uri.param[command]',
    'ka.uri.param[container]',
    'ka.user.name',
    'ka.verb',
    'proc.cmdline',
    'proc.exepath',
    'proc.name',
    'proc.pname',
    'user.loginuid',
    'user.name',
    'user.uid',
  ].map((name) => [name.replaceAll('.', '_'), name]),
);

/** The first parts of those names. */
const CLASSES: ReadonlySet<string> = new Set([...DOTTED.values()].map((name) => name.split('.', 1)[0] ?? ''));

/** The same object where nothing is spelt otherwise. */
export function dottedFields(output: Fields): Fields {
  const isPlain = Object.entries(output).every(([name, value]) => !isObject(value) && !DOTTED.has(name));
  if (isPlain) return output;
  const found = new Map<string, Json>();
  collect(output, '', MAX_LEVELS, found);
  return Object.fromEntries(
    [...found].map(([name, value]) => {
      const dotted = DOTTED.get(name);
      return [dotted === undefined || found.has(dotted) ? name : dotted, value];
    }),
  );
}

function collect(fields: Fields, before: string, levels: number, found: Map<string, Json>): void {
  for (const [key, value = null] of Object.entries(fields)) {
    const name = `${before}${key}`;
    const isWithin =
      isObject(value) && levels > 1 && name.length <= MAX_NAME && CLASSES.has(name.split('.', 1)[0] ?? '');
    if (isWithin) collect(value, `${name}.`, levels - 1, found);
    else found.set(name, value);
  }
}
