/** A run of one file that fails while servers are up; run-of-servers.test.ts looks at what it leaves. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['fails.ts'],
    globalSetup: ['../global-setup.ts'],
    pool: 'threads',
  },
});
