/**
 * Whether the server makes indices as this version wants them, and whether those that are there are so.
 *
 * What: of each template the server is asked what it would make of an index (`_simulate_index`), and of each index what its mapping is;
 * both must carry our mark. Why not compare the template: another one with a higher priority would win over it unseen. Cost: one request a
 * template, one for all indices.
 */
import type { ElasticConnection } from './connection.ts';
import { indexTemplates, type IndexTemplate, type TemplateMark } from './templates.ts';
import type { IndexNames } from './stored-document.ts';

export type TemplateState =
  | 'ok'
  | 'missing'
  /** Of an earlier version. */
  | 'stale'
  /** Of a later version. */
  | 'newer'
  /** Not ours: another template wins, or took the name. */
  | 'foreign';

export interface TemplateFinding {
  /** A template, or an index. */
  what: 'template' | 'index';
  name: string;
  state: TemplateState;
}

/** Templates and indices. @throws CounterfoilError CF_UNREACHABLE, CF_SERVER_SETUP when it may not look */
export async function checkTemplates(
  connection: ElasticConnection,
  names: IndexNames,
): Promise<TemplateFinding[]> {
  const findings: TemplateFinding[] = [];
  for (const template of indexTemplates(names)) {
    const state = await templateState(connection, template);
    findings.push({ what: 'template', name: template.name, state });
    findings.push(...(await indexFindings(connection, template)));
  }
  return findings;
}

/**
 * The indices alone, which is what a worker stands on: it makes those of months itself, and need not be allowed to see templates.
 * @throws CounterfoilError CF_UNREACHABLE, CF_SERVER_SETUP when it may not look
 */
export async function checkIndices(
  connection: ElasticConnection,
  names: IndexNames,
): Promise<TemplateFinding[]> {
  const findings: TemplateFinding[] = [];
  for (const template of indexTemplates(names)) findings.push(...(await indexFindings(connection, template)));
  return findings;
}

async function indexFindings(
  connection: ElasticConnection,
  template: IndexTemplate,
): Promise<TemplateFinding[]> {
  const indices = await marksOfIndices(connection, template);
  if (!template.isMonthly && indices.size === 0)
    return [{ what: 'index', name: template.pattern, state: 'missing' }];
  return [...indices].map(([name, mark]) => ({
    what: 'index',
    name,
    state: stateOf(mark, template.mark),
  }));
}

async function templateState(connection: ElasticConnection, template: IndexTemplate): Promise<TemplateState> {
  const simulated = await connection.ask('checking the index templates', (client) =>
    client.indices.simulateIndexTemplate({ name: template.example }, { ignore: [404] }),
  );
  // Without a template the server answers with no template at all, or with an empty mapping.
  const mappings: unknown = simulated.template?.mappings;
  if (typeof mappings !== 'object' || mappings === null || Object.keys(mappings).length === 0)
    return (await isTaken(connection, template)) ? 'foreign' : 'missing';
  return stateOf(markOf(mappings), template.mark);
}

async function isTaken(connection: ElasticConnection, { name }: IndexTemplate): Promise<boolean> {
  return await connection.ask('checking the index templates', (client) =>
    client.indices.existsIndexTemplate({ name }),
  );
}

/** Marks of the indices that there are; null: it has none. */
export async function marksOfIndices(
  connection: ElasticConnection,
  { pattern }: IndexTemplate,
): Promise<Map<string, TemplateMark | null>> {
  const mappings = await connection.ask('reading the mappings of the indices', (client) =>
    client.indices.getMapping({ index: pattern, allow_no_indices: true, ignore_unavailable: true }),
  );
  return new Map(Object.entries(mappings).map(([name, record]) => [name, markOf(record.mappings)]));
}

export function stateOf(found: TemplateMark | null, wanted: TemplateMark): TemplateState {
  if (found === null) return 'foreign';
  if (found.hash === wanted.hash) return 'ok';
  return found.version > wanted.version ? 'newer' : 'stale';
}

/** The mark in the `_meta` of a template or a mapping. */
export function markOf(place: unknown): TemplateMark | null {
  const mark = member(member(place, '_meta'), 'counterfoil');
  const [version, hash] = [member(mark, 'version'), member(mark, 'hash')];
  return typeof version === 'number' && typeof hash === 'string' ? { version, hash } : null;
}

function member(place: unknown, name: string): unknown {
  return typeof place === 'object' && place !== null ? Reflect.get(place, name) : undefined;
}
