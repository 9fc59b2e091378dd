import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openEventLog, type EventLogSettings } from '../../src/adapters/embedded/event-log.ts';
import { openKafkaLog, type KafkaLogSettings } from '../../src/adapters/kafka/event-log.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import { SeededRandom } from '../../tools/seeded-random.ts';
import { kafkaForTest, type KafkaForTest } from '../adapters/kafka/broker.ts';
import { serverFor } from '../servers/servers.ts';
import { FaultyDisk } from '../simulation/faulty-files.ts';
import { eventLogSuite, type OpenedForTest } from './event-log.suite.ts';

const root = mkdtempSync(join(tmpdir(), 'counterfoil-event-log-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

type KafkaSizes = Partial<KafkaLogSettings>;
type Sizes = Omit<EventLogSettings, 'directory'>;

async function onFiles(sizes: Sizes): Promise<OpenedForTest> {
  const directory = mkdtempSync(join(root, 'log-'));
  const log = await openEventLog({ directory, ...sizes });
  return { log, again: againAfter(log, () => openEventLog({ directory, ...sizes })) };
}

async function inMemory(sizes: Sizes): Promise<OpenedForTest> {
  const random = new SeededRandom(1);
  const disk = new FaultyDisk(random);
  // Every write and read does a part of what it was asked for.
  disk.faultOf = ({ operation, bytes }) =>
    (operation === 'write' || operation === 'read') && bytes > 1_000_000 ? { atMostBytes: 777_777 } : null;
  const opened = (): ReturnType<typeof openEventLog> =>
    openEventLog({ directory: '/data', ...sizes }, { files: disk.files() });
  const log = await opened();
  return { log, again: againAfter(log, opened) };
}

function againAfter<T extends { close(): Promise<void> }>(
  first: T,
  open: () => Promise<T>,
): () => Promise<T> {
  let current = first;
  return async () => {
    await current.close();
    current = await open();
    return current;
  };
}

eventLogSuite('embedded, default sizes', () => onFiles({}));
eventLogSuite('embedded, small segments', () => onFiles({ segmentBytes: 10_000 }));
eventLogSuite('embedded, a segment a record', () => onFiles({ segmentBytes: 1, tailBytes: 20_000 }));
eventLogSuite('embedded, no memory', () =>
  onFiles({ segmentBytes: 50_000, tailBytes: 0, batchBytes: 4_000 }),
);
eventLogSuite('embedded, in memory', () => inMemory({ segmentBytes: 100_000 }));

const server = await serverFor('kafka');
const kafka = server === null ? null : await kafkaForTest(server.nodes);
afterAll(() => kafka?.close());

async function onKafka({ connection, topic }: KafkaForTest, sizes: KafkaSizes): Promise<OpenedForTest> {
  const settings = { topic: await topic(1), tenant: 'acme', group: `test-${randomUUID()}`, ...sizes };
  const open = (): Promise<EventLog> => openKafkaLog(connection, settings);
  const log = await open();
  return { log, again: againAfter(log, open) };
}

if (kafka !== null) {
  eventLogSuite('Kafka, default sizes', () => onKafka(kafka, {}));
  eventLogSuite('Kafka, small parts, packed', () =>
    onKafka(kafka, { codec: 'zstd', partBytes: 500_000, batchBytes: 50_000 }),
  );
}
