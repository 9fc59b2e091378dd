/** Entry of the thread that checkpointer.ts starts. */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { CHECKPOINT_EVERY_MS, type CheckpointThreadData } from './checkpointer.ts';

if (parentPort === null) throw new Error('checkpoint-thread is started by the embedded store, not by hand');

const { file } = workerData as CheckpointThreadData;
const db = new DatabaseSync(file);
// It copies pages that the writer has just written: they are in the system's cache, and need none of ours.
db.exec('PRAGMA synchronous = NORMAL; PRAGMA cache_size = -1024; PRAGMA wal_autocheckpoint = 0');
const checkpoint = db.prepare('PRAGMA wal_checkpoint(PASSIVE)');
// Where it comes in the way of another one, or the disk is full, the next does what this one could not.
const timer = setInterval(() => {
  try {
    checkpoint.get();
  } catch {
    return;
  }
}, CHECKPOINT_EVERY_MS);

parentPort.once('message', () => {
  clearInterval(timer);
  db.close();
  parentPort?.close();
});
