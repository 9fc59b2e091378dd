// Goal: whatever waited to leave leaves, however much that is at once: after a server was away, hundreds of incidents and letters come together,
// and a request that is larger than a topic takes would be refused for ever.
import { afterAll, describe, expect, it } from 'vitest';
import type { KafkaConnection } from '../../../src/adapters/kafka/connection.ts';
import { openKafkaLog } from '../../../src/adapters/kafka/event-log.ts';
import { KafkaFeeds } from '../../../src/adapters/kafka/feeds.ts';
import { CounterfoilError } from '../../../src/model/errors.ts';
import { take } from '../../conformance/event-log.suite.ts';
import { incidentDocument, TENANT } from '../../conformance/incident-documents.ts';
import { serverFor } from '../../servers/servers.ts';
import { kafkaForTest, type KafkaForTest } from './broker.ts';

const server = await serverFor('kafka');
const kafka = server === null ? null : await kafkaForTest(server.nodes);
afterAll(() => kafka?.close());

/** In characters of two bytes: what counts are bytes. */
const LARGE = 'é'.repeat(250_000);

describe.skipIf(kafka === null)('[S6] the feeds on Kafka', () => {
  const on = kafka as KafkaForTest;
  const valuesOf = async (topic: string, count: number): Promise<string[]> => {
    const log = await openKafkaLog(on.connection, { topic, tenant: TENANT, group: 'none' });
    const records = await take(log, 0, count);
    await log.close();
    return records.map(({ value }) => Buffer.from(value).toString());
  };

  it('take more at once than fits into one request', async () => {
    const [incidents, deadLetters] = [await on.topic(1), await on.topic(1)];
    const feeds = new KafkaFeeds(on.connection, { incidents, deadLetters });
    const messages = ['a', 'b', 'c', 'd'].map((id) => {
      const incident = incidentDocument({ id });
      return { id, incident: { ...incident, incident: { ...incident.incident, title: LARGE } } };
    });
    await feeds.publish(TENANT, messages);
    const letter = { input: 'audit', at: 0, reason: 'not_json', place: 'p', excerpt: null } as const;
    const letters = Array.from({ length: 3_000 }, (_, i) => `l${i}`).map((id) => ({
      ...letter,
      id,
      text: 'x'.repeat(600),
      laterThan: null,
      redrivenAt: null,
    }));
    await feeds.addDeadLetters(TENANT, letters);
    await feeds.close();
    const subjects = (await valuesOf(incidents, 4)).map(
      (text) => (JSON.parse(text) as { subject: string }).subject,
    );
    expect(subjects).toEqual(['a', 'b', 'c', 'd']);
    const ids = (await valuesOf(deadLetters, 3_000)).map((text) => (JSON.parse(text) as { id: string }).id);
    expect(ids).toEqual(letters.map(({ id }) => id));
  });
});

describe('[S6] the feeds', () => {
  it('say that Kafka is away, though the connection to it does not end', async () => {
    const hangs = Promise.withResolvers<void>();
    const away = {
      connect: () => Promise.reject(new CounterfoilError('CF_UNREACHABLE', 'away')),
      disconnect: () => hangs.promise,
    };
    const connection = {
      brokers: 'b',
      producer: () => away,
      cluster: () => away,
    } as unknown as KafkaConnection;
    const feeds = new KafkaFeeds(connection, { incidents: 'i', deadLetters: 'd' });
    await expect(feeds.publish(TENANT, [{ id: 'a', incident: null }])).rejects.toMatchObject({
      code: 'CF_UNREACHABLE',
    });
    hangs.resolve();
  });
});
