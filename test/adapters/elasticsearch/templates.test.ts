// Goal: indices are as this version wants them, whoever was there before, and a document that fits its schema fits its mapping, one with a
// foreign member does not. Method: schemas and mappings compared field by field; templates on the real server, spoiled by hand.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectElastic, type ElasticConnection } from '../../../src/adapters/elasticsearch/connection.ts';
import type { Mapping } from '../../../src/adapters/elasticsearch/mapping.ts';
import { IndexNames } from '../../../src/adapters/elasticsearch/stored-document.ts';
import { checkTemplates, type TemplateState } from '../../../src/adapters/elasticsearch/template-check.ts';
import { installTemplates } from '../../../src/adapters/elasticsearch/template-install.ts';
import { indexTemplates } from '../../../src/adapters/elasticsearch/templates.ts';
import { DOCUMENT_SCHEMAS } from '../../../src/model/documents/json-schemas.ts';
import { CounterfoilError } from '../../../src/model/errors.ts';
import { serverFor, START_TIMEOUT_MS } from '../../servers/servers.ts';

const server = await serverFor('elasticsearch');

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  type?: string;
  patternProperties?: object;
}

/** Every place of a schema that holds a value, with its types. */
function leavesOf(schema: Schema, path: string[] = []): Map<string, string> {
  if (schema.items !== undefined) return leavesOf(schema.items, path);
  if (schema.anyOf !== undefined)
    return new Map(
      schema.anyOf.filter(({ type }) => type !== 'null').flatMap((each) => [...leavesOf(each, path)]),
    );
  if (schema.properties === undefined) return new Map([[path.join('.'), schema.type ?? '']]);
  return new Map(
    Object.entries(schema.properties).flatMap(([name, member]) => [...leavesOf(member, [...path, name])]),
  );
}

function fieldsOf(properties: Record<string, Mapping>, path: string[] = []): Map<string, string> {
  return new Map(
    Object.entries(properties).flatMap(([name, mapping]) =>
      'properties' in mapping
        ? [...fieldsOf(mapping.properties as Record<string, Mapping>, [...path, name])]
        : [[[...path, name].join('.'), mapping.type] as [string, string]],
    ),
  );
}

const TYPES: Readonly<Record<string, string[]>> = {
  string: ['keyword', 'text', 'date'],
  integer: ['long'],
  number: ['double'],
  boolean: ['boolean'],
  object: ['flattened'],
};

describe('mappings [E1]', () => {
  const mapped = indexTemplates(new IndexNames('counterfoil'));

  it.each(['event', 'link', 'payment', 'incident'])(
    'have a field for each member of %s, and no other',
    (kind) => {
      const leaves = leavesOf(DOCUMENT_SCHEMAS[`${kind}.schema.json`] ?? {});
      const template = mapped.find(({ name }) => name === `counterfoil-${kind}s`);
      const fields = fieldsOf(template?.mappings.properties as Record<string, Mapping>);
      const ours = [...fields.keys()].filter((name) => !name.startsWith('key.') && name !== 'case');
      expect(ours.toSorted()).toEqual([...leaves.keys()].toSorted());
      for (const [name, type] of leaves) expect(TYPES[type], name).toContain(fields.get(name));
      expect(template?.mappings.dynamic).toBe('strict');
    },
  );

  it('keep minor units as whole numbers and amounts as text', () => {
    const payments = mapped.find(({ name }) => name === 'counterfoil-payments');
    const fields = fieldsOf(payments?.mappings.properties as Record<string, Mapping>);
    expect(fields.get('payment.amount.minor')).toBe('long');
    expect(fields.get('payment.amount.value')).toBe('keyword');
    expect(fields.get('@timestamp')).toBe('date');
  });

  it.each(['', 'Upper', '_hidden', 'a b', '../x', 'a*', 'x'.repeat(101)])(
    'refuse the prefix %j',
    (prefix) => {
      expect(() => new IndexNames(prefix)).toThrow('prefix');
    },
  );
});

describe.skipIf(server === null)('templates [E6]', { timeout: START_TIMEOUT_MS }, () => {
  let connection: ElasticConnection;
  let names: IndexNames;
  let run = 0;
  beforeEach(() => {
    connection = connectElastic({ nodes: [server?.url ?? ''], requestTimeoutMs: 30_000 });
    names = new IndexNames(`cf-tpl-${process.pid}-${(run += 1)}`);
  });
  afterEach(async () => {
    const found = await connection.client.indices.resolveIndex({ name: `${names.prefix}-*` });
    for (const { name } of found.indices) await connection.client.indices.delete({ index: name });
    const all = `${names.prefix}*`;
    await connection.client.indices.deleteIndexTemplate({ name: all }, { ignore: [404] });
    await connection.close();
  });

  const states = async (): Promise<Record<string, TemplateState>> => {
    const findings = await checkTemplates(connection, names);
    return Object.fromEntries(
      findings.map(({ what, name, state }) => [`${what} ${name.slice(names.prefix.length + 1)}`, state]),
    );
  };
  const install = (): Promise<void> => installTemplates(connection, names);
  const mustFail = async (): Promise<CounterfoilError> => {
    const error: unknown = await install().then(
      () => null,
      (cause: unknown) => cause,
    );
    if (error instanceof CounterfoilError) return error;
    throw new Error('it was installed');
  };
  const template = (name: string) => {
    const found = indexTemplates(names).find((each) => each.name === `${names.prefix}-${name}`);
    if (found === undefined) throw new Error(`there is no template ${name}`);
    return found;
  };
  /** A template as another version would have left it. */
  const putOther = async (name: string, version: number): Promise<void> => {
    const { mark, pattern, mappings } = template(name);
    const other = { counterfoil: { ...mark, version, hash: '0123456789abcdef' } };
    await connection.client.indices.putIndexTemplate({
      name: `${names.prefix}-${name}`,
      index_patterns: [pattern],
      priority: 500,
      _meta: other,
      template: { mappings: { ...mappings, _meta: other } },
    });
  };

  it('are installed, found in order, and installed again without a change', async () => {
    expect(new Set(Object.values(await states()))).toEqual(new Set(['missing']));
    await install();
    await install();
    expect(Object.values(await states())).toHaveLength(8);
    expect(new Set(Object.values(await states()))).toEqual(new Set(['ok']));
  });

  it('of an earlier version are found and brought up to date, with the indices that are there', async () => {
    await putOther('events', 0);
    await connection.client.indices.create({ index: `${names.prefix}-events-2026.03` });
    expect(await states()).toMatchObject({ 'template events': 'stale', 'index events-2026.03': 'stale' });
    await install();
    expect(await states()).toMatchObject({ 'template events': 'ok', 'index events-2026.03': 'ok' });
  });

  it('of a later version are left alone', async () => {
    await putOther('links', 99);
    expect(await states()).toMatchObject({ 'template links': 'newer' });
    expect(await mustFail()).toMatchObject({
      code: 'CF_SERVER_SETUP',
      message: expect.stringContaining('later version'),
    });
    expect(await states()).toMatchObject({ 'template links': 'newer', 'template events': 'missing' });
  });

  it('of somebody else are left alone', async () => {
    const name = `${names.prefix}-payments`;
    await connection.client.indices.putIndexTemplate({ name, index_patterns: [`${names.prefix}-other`] });
    expect(await states()).toMatchObject({ 'template payments': 'foreign' });
    expect(await mustFail()).toMatchObject({
      code: 'CF_SERVER_SETUP',
      message: expect.stringContaining('not made by'),
    });
  });

  it('that another one wins over are found', async () => {
    await install();
    await connection.client.indices.putIndexTemplate({
      name: `${names.prefix}-zz`,
      index_patterns: [`${names.prefix}-events-*`],
      priority: 9_000,
      template: { mappings: { properties: { x: { type: 'keyword' } } } },
    });
    expect(await states()).toMatchObject({ 'template events': 'foreign', 'template links': 'ok' });
  });

  it('do not touch an index whose fields are of other types', async () => {
    const index = `${names.prefix}-links-2026.03`;
    const mark = { counterfoil: { version: 0, hash: 'old' } };
    await connection.client.indices.create({
      index,
      mappings: { _meta: mark, properties: { tenant: { type: 'long' } } },
    });
    expect(await mustFail()).toMatchObject({
      code: 'CF_SERVER_SETUP',
      message: expect.stringContaining(index),
    });
  });

  it('make an index refuse what no schema knows', async () => {
    await install();
    const write = connection.client.index({
      index: `${names.prefix}-payments`,
      document: { tenant: 'default', payment: { id: 'p1', card: '4111111111111111' } },
    });
    await expect(write).rejects.toThrow('strict_dynamic_mapping_exception');
  });
});
