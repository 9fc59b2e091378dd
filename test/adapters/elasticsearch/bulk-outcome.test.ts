// Goal: every answer that a server can give to a bulk request means one thing, and none means nothing. Method: the table of the file, row by row.
import { errors } from '@elastic/elasticsearch';
import { describe, expect, it } from 'vitest';
import {
  itemVerdict,
  requestVerdict,
  type ItemAnswer,
} from '../../../src/adapters/elasticsearch/bulk-outcome.ts';

const error = (type: string): ItemAnswer => ({ error: { type } });

describe('an item [E2]', () => {
  it.each<[string, ItemAnswer, string]>([
    ['index', { status: 201, _seq_no: 0, _primary_term: 1 }, 'written'],
    ['index', { status: 200, _seq_no: 7, _primary_term: 1 }, 'written'],
    ['delete', { status: 200, _seq_no: 7, _primary_term: 1 }, 'written'],
    ['delete', { status: 404, _seq_no: 7, _primary_term: 1 }, 'missing'],
    ['delete', { status: 404, ...error('index_not_found_exception') }, 'stop'],
    ['index', { status: 404, ...error('index_not_found_exception') }, 'stop'],
    ['create', { status: 409, ...error('version_conflict_engine_exception') }, 'conflict'],
    ['index', { status: 400, ...error('document_parsing_exception') }, 'dead'],
    ['index', { status: 400, ...error('strict_dynamic_mapping_exception') }, 'dead'],
    ['index', { status: 413, ...error('content_too_large') }, 'dead'],
    ['index', { status: 401, ...error('security_exception') }, 'stop'],
    ['index', { status: 403, ...error('cluster_block_exception') }, 'stop'],
    ['index', { status: 408, ...error('timeout') }, 'retry'],
    ['index', { status: 429, ...error('es_rejected_execution_exception') }, 'retry'],
    ['index', { status: 500, ...error('io_exception') }, 'retry'],
    ['index', { status: 503, ...error('unavailable_shards_exception') }, 'retry'],
    // An answer that says nothing, as a proxy that cuts one short gives it.
    ['index', {}, 'retry'],
    ['index', { status: 201 }, 'retry'],
    ['index', { status: 302 }, 'retry'],
  ])('%s, %o: %s', (action, answer, kind) => {
    expect(itemVerdict(action, answer).kind).toBe(kind);
  });

  it('says of a refusal its type, and never what else the server writes', () => {
    expect(itemVerdict('index', { status: 400, error: { type: 'mapper_exception' } })).toEqual({
      kind: 'dead',
      type: 'mapper_exception',
    });
    expect(itemVerdict('index', { status: 400, error: { type: 'card 4111 1111' } })).toEqual({
      kind: 'dead',
      type: 'unknown',
    });
  });
});

describe('a whole request [E2]', () => {
  const answered = (statusCode: number): Error =>
    new errors.ResponseError({
      statusCode,
      body: { error: { type: 'some_exception' } },
      headers: {},
      warnings: null,
      meta: {} as never,
    });

  it.each<[Error, string]>([
    [answered(408), 'retry'],
    [answered(429), 'retry'],
    [answered(500), 'retry'],
    [answered(502), 'retry'],
    [answered(503), 'retry'],
    [answered(504), 'retry'],
    [new errors.TimeoutError('late'), 'retry'],
    [new errors.ConnectionError('ECONNRESET'), 'retry'],
    [new errors.NoLivingConnectionsError('none', {} as never), 'retry'],
    [new errors.DeserializationError('not JSON', '<html>'), 'retry'],
    [answered(413), 'split'],
    [answered(400), 'split'],
    [answered(405), 'split'],
    [answered(401), 'stop'],
    [answered(403), 'stop'],
    [answered(404), 'stop'],
    [new errors.ProductNotSupportedError('Elasticsearch'), 'stop'],
    [new TypeError('a fault of our own'), 'stop'],
  ])('%s: %s', (failure, kind) => {
    expect(requestVerdict(failure).kind).toBe(kind);
  });
});
