/** A process to be killed: opens the log of the folder it is told, appends without end, and prints what was acknowledged. */
import { openEventLog } from '../../../src/adapters/embedded/event-log.ts';

const [directory = '', life = '0'] = process.argv.slice(2);
const log = await openEventLog({ directory, segmentBytes: 200_000 });

/** One caller of several: numbers its records, and says which one got which offset once that is durable. */
async function appendForEver(caller: number): Promise<never> {
  for (let number = 0; ; number += 1) {
    const text = `${life}/${caller}/${number}`;
    const value = Buffer.from(text.padEnd(100 + ((number * 997) % 20_000), '.'));
    const { offset } = await log.append({ value, from: number, to: number });
    process.stdout.write(`${offset} ${text}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, (_, caller) => appendForEver(caller)));
