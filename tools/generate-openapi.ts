/**
 * Writes docs/reference/openapi.json from the routes; with `--check` it writes nothing and fails when the copy is old.
 *
 *   node tools/generate-openapi.ts [--check]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { openIncidentIndex } from '../src/adapters/embedded/incident-index.ts';
import { ByteBudget } from '../src/adapters/http/budget.ts';
import { IntakeGate } from '../src/adapters/http/intake-gate.ts';
import { intakePlugin } from '../src/adapters/http/intake-plugin.ts';
import type { Api } from '../src/api/context.ts';
import { createApi } from '../src/api/server.ts';

const COPY = new URL('../docs/reference/openapi.json', import.meta.url);
const PACKAGE = new URL('../package.json', import.meta.url);

/** The document as it is served by this version, as text. */
export async function openApiText(): Promise<string> {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
  const index = openIncidentIndex(':memory:', 'write');
  const clock = { now: () => 0, elapsedMs: () => 0 };
  const gate = new IntakeGate({
    submit: () => Promise.reject(new Error('nothing is taken here')),
    end: () => Promise.resolve(),
  });
  const intake = {
    gate,
    budget: new ByteBudget(0),
    maxBodyBytes: 1,
    bounded: [],
    onInternalError: () => undefined,
  };
  const extend = (api: Api): void => void api.register(intakePlugin, intake);
  const app = createApi({ index, tenant: 'default', clock, version, extend });
  try {
    await app.ready();
    return `${JSON.stringify(app.swagger(), null, 2)}\n`;
  } finally {
    await app.close();
    await index.close();
  }
}

/** Whether the copy in docs/reference is what the routes say now. */
export async function isFresh(): Promise<boolean> {
  return readFileSync(COPY, 'utf8') === (await openApiText());
}

if (import.meta.main) {
  if (!process.argv.includes('--check')) writeFileSync(COPY, await openApiText());
  else if (!(await isFresh())) {
    process.stderr.write('docs/reference/openapi.json is old: run `node tools/generate-openapi.ts`.\n');
    process.exitCode = 1;
  }
}
