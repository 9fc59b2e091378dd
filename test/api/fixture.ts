/** A server over an in-memory index that holds the story of incident-documents.ts, at a time of our choosing. */
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { openIncidentIndex } from '../../src/adapters/embedded/incident-index.ts';
import type { Api } from '../../src/api/context.ts';
import type { Doorway } from '../../src/api/listen.ts';
import { createApi } from '../../src/api/server.ts';
import { parseInstant, type Instant } from '../../src/model/instant.ts';
import type { IncidentIndex } from '../../src/ports/incident-index.ts';
import { TENANT, story, type Story } from '../conformance/incident-documents.ts';

export interface Fixture {
  app: Api;
  index: IncidentIndex;
  setNow(text: string): void;
  get(url: string, headers?: Record<string, string>): Promise<LightMyRequestResponse>;
  inject(options: InjectOptions): Promise<LightMyRequestResponse>;
  errors: Error[];
  close(): Promise<void>;
}

/** Five minutes after the shell: p1 can be stopped for another 1 h 25 min. */
export const NOW = '2026-03-10T14:05:00.000Z';

/** Of this card number the token is `p1`: an index knows tokens only. */
export const CARD = '5555555555554444';

export function instant(text: string): Instant {
  const parsed = parseInstant(text);
  if (parsed === undefined) throw new Error(`${text} is no instant`);
  return parsed;
}

export interface FixtureParts {
  /** Where documents are put; an embedded one where it is not given. */
  index?: IncidentIndex;
  doorway?: Doorway;
}

export async function openFixture(
  documents: Story = story(),
  { index = openIncidentIndex(':memory:', 'write'), doorway }: FixtureParts = {},
): Promise<Fixture> {
  await index.replaceAll(TENANT, documents);
  let now = instant(NOW);
  const errors: Error[] = [];
  const clock = { now: () => now, elapsedMs: () => 0 };
  const onInternalError = (error: Error) => void errors.push(error);
  const idValue = (id: string): string => (id === CARD ? 'p1' : id);
  const app = createApi({
    index,
    tenant: TENANT,
    clock,
    version: '9.9.9',
    onInternalError,
    idValue,
    ...(doorway === undefined ? {} : { doorway }),
  });
  return {
    app,
    index,
    errors,
    setNow: (text) => {
      now = instant(text);
    },
    get: (url, headers = {}) => app.inject({ method: 'GET', url, headers }),
    inject: (options) => app.inject(options),
    close: async () => {
      await app.close();
      await index.close();
    },
  };
}
