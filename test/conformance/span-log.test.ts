import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { createSpanLog } from '../../src/adapters/embedded/span-log.ts';
import { spanLogSuite } from './span-log.suite.ts';

const directory = mkdtempSync(join(tmpdir(), 'counterfoil-span-log-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

spanLogSuite('embedded, all in memory', () => createSpanLog({ memoryBytes: 2 ** 30, directory }));
spanLogSuite('embedded, some of it in a file', () => createSpanLog({ memoryBytes: 3_000, directory }));
spanLogSuite('embedded, all of it in a file', () => createSpanLog({ memoryBytes: 0, directory }));
