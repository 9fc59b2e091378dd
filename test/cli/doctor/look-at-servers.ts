/** Runs `doctor` with configurations of real servers. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parse, stringify } from 'yaml';
import { KEY_VARIABLE } from '../../../src/cli/redaction-secret.ts';
import type { FindingPart } from '../../../src/model/documents/diagnosis.ts';
import { diagnose, type Circumstances, type Diagnosed } from './diagnose.ts';

export const SECRET = 'a-secret-that-nobody-may-ever-see-0002';
export const KEY = '00'.repeat(32);

type Options = Record<string, Record<string, unknown>>;

/** A folder for configurations and the data of an incidents worker. */
export class Desk {
  readonly folder = mkdtempSync(join(tmpdir(), 'counterfoil-doctor-servers-'));

  /** A configuration with other options in it. */
  changed(file: string, options: Options): string {
    const config = parse(readFileSync(file, 'utf8')) as Options;
    for (const [group, values] of Object.entries(options)) config[group] = { ...config[group], ...values };
    const path = join(this.folder, `${randomUUID()}.yaml`);
    writeFileSync(path, stringify(config));
    return path;
  }

  /** Looks as the workers of a configuration would; no secret is ever shown. */
  async look(
    config: string,
    args: readonly string[] = [],
    { env = {}, ...circumstances }: Circumstances = {},
  ): Promise<Diagnosed> {
    const data = join(this.folder, 'incidents');
    mkdirSync(data, { recursive: true, mode: 0o700 });
    const diagnosed = await diagnose(['-c', config, '--data', data, '--http-port', '0', ...args], {
      env: { [KEY_VARIABLE]: KEY, ...env },
      ...circumstances,
    });
    checkSaid(diagnosed, Object.values(env));
    return diagnosed;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Trouble is explained and nothing else is, and none of the secrets is shown. */
function checkSaid({ text, document }: Diagnosed, secrets: readonly string[]): void {
  for (const secret of [SECRET, ...secrets].filter((each) => each !== '')) expect(text).not.toContain(secret);
  for (const { level, why, to_do } of document.findings) {
    const isTrouble = level === 'problem' || level === 'warning';
    expect([why !== null, to_do !== null]).toEqual([isTrouble, isTrouble]);
  }
}

/** What a finding is expected to say. */
export function trouble(level: FindingPart['level'], found: string | RegExp, toDo: string | RegExp): object {
  return { level, found: saying(found), to_do: saying(toDo) };
}

function saying(text: string | RegExp): unknown {
  return typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text);
}
