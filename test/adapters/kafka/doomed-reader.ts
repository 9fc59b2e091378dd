/** A reader of a group in a thread of its own, which takes one batch, never finishes it, and can be killed without a farewell. */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { systemClock } from '../../../src/adapters/embedded/clock.ts';
import { connectKafka } from '../../../src/adapters/kafka/connection.ts';
import { openTopicReader } from '../../../src/adapters/kafka/topic-reader.ts';
import type { DoomedMember } from '../../conformance/topic-reader.suite.ts';

interface Doom {
  brokers: readonly string[];
  group: string;
  topic: string;
  sessionMs: number;
}

/** Starts it. */
export async function doomedReader(doom: Doom): Promise<DoomedMember> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { doom } });
  const took = new Promise<string[]>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return {
    took,
    kill: async () => {
      await worker.terminate();
    },
  };
}

const port = parentPort;
const tell = (message: string[]): void => port?.postMessage(message);

async function takeForEver({ brokers, group, topic, sessionMs }: Doom): Promise<void> {
  const settings = { brokers, clientId: 'doomed', tls: null, sasl: null };
  const connection = await connectKafka(settings, () => undefined);
  const reader = await openTopicReader(
    connection,
    { group, topics: [topic], sessionMs, heartbeatMs: 200 },
    systemClock,
  );
  await reader.run({
    take: async ({ records }) => {
      tell(records.map(({ value }) => Buffer.from(value ?? []).toString()));
      await new Promise(() => undefined);
    },
    idle: async () => undefined,
  });
}

const data = workerData as { doom?: Doom } | null;
if (!isMainThread && data?.doom !== undefined) await takeForEver(data.doom);
