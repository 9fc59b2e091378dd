/** A log on a faulty disk, for the tests of the embedded one. */
import {
  openEventLog,
  type EmbeddedEventLog,
  type EventLogSettings,
} from '../../../src/adapters/embedded/event-log.ts';
import { SeededRandom } from '../../../tools/seeded-random.ts';
import { FaultyDisk, type DiskStep } from '../../simulation/faulty-files.ts';

export const FOLDER = '/data/log';

export function newDisk(seed = 1): FaultyDisk {
  return new FaultyDisk(new SeededRandom(seed));
}

export async function openOn(
  disk: FaultyDisk,
  settings: Partial<EventLogSettings> = {},
  now: () => number = () => 0,
): Promise<EmbeddedEventLog> {
  return await openEventLog(
    { directory: '/data', ...settings },
    { files: disk.files(), now, salt: () => 0x5a17 },
  );
}

export function segmentPath(base: number): string {
  return `${FOLDER}/${String(base).padStart(16, '0')}.log`;
}

export async function bytesOf(disk: FaultyDisk, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(disk.sizeOf(path));
  const file = await disk.files().open(path, 'read');
  await file.read(bytes, 0);
  return bytes;
}

/** A new disk with these files, all of it flushed. */
export async function diskWith(contents: Readonly<Record<string, Uint8Array>>): Promise<FaultyDisk> {
  const disk = newDisk();
  const files = disk.files();
  await files.makeFolder(FOLDER);
  for (const [path, bytes] of Object.entries(contents)) {
    const file = await files.open(path, 'create');
    if (bytes.length > 0) await file.write([bytes], 0);
    await file.sync();
  }
  await files.syncFolder(FOLDER);
  await files.syncFolder('/data');
  return disk;
}

/** The steps of an operation that a disk takes from now on. */
export function stepsOf(disk: FaultyDisk, operation: DiskStep['operation']): DiskStep[] {
  const steps: DiskStep[] = [];
  disk.faultOf = (step) => {
    if (step.operation === operation) steps.push(step);
    return null;
  };
  return steps;
}
