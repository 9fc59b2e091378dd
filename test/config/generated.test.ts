import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { errorsReference } from '../../src/config/errors-reference.ts';
import { configSchema } from '../../src/config/json-schema.ts';
import { OPTION_NAMES } from '../../src/config/options.ts';
import { configReference } from '../../src/config/reference.ts';
import { ERRORS } from '../../src/model/errors.ts';

const fileOf = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('generated files are fresh: run tools/generate-config.ts and tools/generate-errors.ts', () => {
  expect(fileOf('schemas/config.schema.json')).toBe(`${JSON.stringify(configSchema(), null, 2)}\n`);
  expect(fileOf('docs/reference/configuration.md')).toBe(configReference());
  expect(fileOf('docs/reference/errors.md')).toBe(errorsReference());
});

test('every option and every error has its place in the reference', () => {
  for (const name of OPTION_NAMES) expect(configReference()).toContain(`### \`${name}\``);
  for (const code of Object.keys(ERRORS)) expect(errorsReference()).toContain(code);
});

test('the schema takes good files, and refuses unknown keys and wrong types', () => {
  const validate = new Ajv({ strict: false }).compile(configSchema());
  const good = {
    $schema: 'x',
    tenant: 'acme',
    join: { before: '60s', skew: 0, methods: { node_interval: true, pod_interval: 0 } },
    impact: { rates: { 'USD/EUR': '0.90' }, report_currency: null },
    limits: { record_bytes: '1MiB', depth: 32 },
  };
  expect(validate(good)).toBe(true);
  expect(validate({ join: { befor: '1s' } })).toBe(false);
  expect(validate({ join: { before: 60 } })).toBe(false);
  expect(validate({ impact: { rates: { 'USD/EUR': 0.9 } } })).toBe(false);
  expect(validate({ server: { port: 70_000 } })).toBe(false);
});
