import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openIncidentIndex } from '../../src/adapters/embedded/incident-index.ts';
import { incidentIndexSuite } from './incident-index.suite.ts';

const folder = mkdtempSync(join(tmpdir(), 'counterfoil-index-'));
let opened = 0;

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

incidentIndexSuite('embedded, in memory', () => openIncidentIndex(':memory:', 'write'));
incidentIndexSuite('embedded, in a file', () =>
  openIncidentIndex(join(folder, String((opened += 1))), 'write'),
);
