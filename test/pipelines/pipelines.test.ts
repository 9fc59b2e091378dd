// Goal: every file of pipelines/ is a configuration that is valid as it stands, for our reader and for the schema that editors use [B4].
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { runCli } from '../cli/run-cli.ts';

const FOLDER = fileURLToPath(new URL('../../pipelines', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'counterfoil-pipelines-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const files = readdirSync(FOLDER).map((name) => join(FOLDER, name));

/** What the files name that only a deployment has. */
const SECRETS = {
  COUNTERFOIL_KAFKA_PASSWORD: 'made up',
  COUNTERFOIL_REDIS_PASSWORD: 'made up',
  COUNTERFOIL_ELASTICSEARCH_PASSWORD: 'made up',
};

describe('pipelines [B4]', () => {
  it('are there', () => expect(files.length).toBeGreaterThan(1));

  it.each(files)('%s is valid', async (file) => {
    const keys = join(scratch, 'api-keys.json');
    await runCli(['keys', 'add', '--name', 'test', '--scope', 'read', '--file', keys]);
    const args = ['validate', '-c', file, '--auth-keys-file', keys];
    const { status, stderr } = await runCli(args, { env: SECRETS });
    expect(stderr).toMatch(/: valid; \d+ options set/);
    expect(status).toBe(0);
  });

  it.each(files)('%s names the schema, and is valid by it', (file) => {
    const text = readFileSync(file, 'utf8');
    const config = parse(text) as { $schema: string };
    const schema = readFileSync(resolve(dirname(file), config.$schema), 'utf8');
    const validate = new Ajv({ strict: false }).compile(JSON.parse(schema) as object);
    validate(config);
    expect(validate.errors ?? []).toEqual([]);
    expect(text.split('\n')[0]).toBe(`# yaml-language-server: $schema=${config.$schema}`);
  });

  it('one whose secrets are not there is not valid, and every one that is missing is said', async () => {
    const keys = join(scratch, 'more-keys.json');
    await runCli(['keys', 'add', '--name', 'test', '--scope', 'read', '--file', keys]);
    const file = join(FOLDER, 'kafka-redis-elasticsearch.yaml');
    const { status, stderr } = await runCli(['validate', '-c', file, '--auth-keys-file', keys]);
    expect(status).toBe(3);
    for (const name of ['kafka.sasl.password_file', 'redis.password_file', 'elasticsearch.password_file'])
      expect(stderr).toMatch(new RegExp(`${name}: .*ENOENT`));
  });
});
