/**
 * Sets an Elasticsearch up for Counterfoil: templates, the indices that are not split by month, and fields that came with a
 * new version added to the indices that are there. Doing it again changes nothing. No life cycle policy is set: how long
 * months are kept is for who runs the server, and many servers have no such policies.
 */
import { CounterfoilError } from '../../model/errors.ts';
import type { ElasticConnection } from './connection.ts';
import { typeOf } from './server-errors.ts';
import type { IndexNames } from './stored-document.ts';
import { markOf, marksOfIndices, stateOf } from './template-check.ts';
import { indexTemplates, templateBody, type IndexTemplate, type TemplateMark } from './templates.ts';

/**
 * @throws CounterfoilError CF_SERVER_SETUP when a template or index of our name is not ours, is of a later version, or
 *   cannot take the new fields; CF_UNREACHABLE
 */
export async function installTemplates(connection: ElasticConnection, names: IndexNames): Promise<void> {
  const templates = indexTemplates(names);
  for (const template of templates)
    mustBeOurs('template', template.name, await installed(connection, template), template);
  for (const template of templates) {
    await connection.ask(`installing the template ${template.name}`, (client) =>
      client.indices.putIndexTemplate({ name: template.name, ...templateBody(template) }),
    );
    await extendIndices(connection, template);
    if (!template.isMonthly) await createIndex(connection, template.pattern, template);
  }
}

/** Undefined: there is none. */
async function installed(
  connection: ElasticConnection,
  { name }: IndexTemplate,
): Promise<TemplateMark | null | undefined> {
  const found = await connection.ask('reading the index templates', async (client) => {
    const answer = await client.indices.getIndexTemplate({ name }, { ignore: [404] });
    return answer.index_templates?.[0];
  });
  return found === undefined ? undefined : markOf(found.index_template);
}

function mustBeOurs(
  what: string,
  name: string,
  found: TemplateMark | null | undefined,
  { mark }: IndexTemplate,
): void {
  if (found === undefined) return;
  const state = stateOf(found, mark);
  if (state === 'foreign')
    throw new CounterfoilError(
      'CF_SERVER_SETUP',
      `The ${what} ${name} is there and was not made by Counterfoil. Choose another prefix, or remove it.`,
    );
  if (state === 'newer')
    throw new CounterfoilError(
      'CF_SERVER_SETUP',
      `The ${what} ${name} was made by a later version of Counterfoil. Install that version here too.`,
    );
}

/** Fields can be added to an index, never changed. */
async function extendIndices(connection: ElasticConnection, template: IndexTemplate): Promise<void> {
  for (const [index, mark] of await marksOfIndices(connection, template)) {
    mustBeOurs('index', index, mark, template);
    if (mark?.hash === template.mark.hash) continue;
    try {
      await connection.client.indices.putMapping({ index, ...template.mappings });
    } catch (error) {
      if (typeOf(error) !== 'illegal_argument_exception')
        await connection.ask(`extending the index ${index}`, () => Promise.reject(error));
      throw new CounterfoilError(
        'CF_SERVER_SETUP',
        `The index ${index} has a field of another type than this version writes. Reindex it, or choose another prefix.`,
      );
    }
  }
}

/**
 * Creates an index with our mapping whatever templates there are; one that is there is left as it is.
 * @throws CounterfoilError CF_UNREACHABLE, CF_SERVER_SETUP
 */
export async function createIndex(
  connection: ElasticConnection,
  index: string,
  { mappings }: Pick<IndexTemplate, 'mappings'>,
): Promise<void> {
  await connection.ask(`creating the index ${index}`, async (client) => {
    try {
      await client.indices.create({ index, mappings });
    } catch (error) {
      if (typeOf(error) !== 'resource_already_exists_exception') throw error;
    }
  });
}
