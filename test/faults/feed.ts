/** The feed of incidents as its readers have it in the end: the last message of each, without `meta`. */
import { connectKafka } from '../../src/adapters/kafka/connection.ts';
import { kafkaSpanHistory } from '../../src/adapters/kafka/span-history.ts';

const SETTINGS = { clientId: 'counterfoil-test', tls: null, sasl: null };
const EVER = { from: -Infinity, to: Infinity };

export async function feedOf(brokers: readonly string[], topic: string): Promise<Map<string, object>> {
  const connection = await connectKafka({ ...SETTINGS, brokers }, () => undefined);
  const last = new Map<string, { revision: number; content: object }>();
  for await (const { records } of kafkaSpanHistory(connection, { topic }).appended(EVER))
    for (const { value } of records) {
      if (value === null) continue;
      const { subject, data } = JSON.parse(Buffer.from(value).toString()) as Message;
      const { meta, ...content } = data;
      // Repeated ones may come behind newer ones: readers keep the highest revision.
      if (meta.revision >= (last.get(subject)?.revision ?? 0))
        last.set(subject, { revision: meta.revision, content });
    }
  return new Map([...last].map(([id, { content }]) => [id, content]));
}

interface Message {
  subject: string;
  data: { meta: { revision: number } };
}
