/** The index of the data folder. */
import { counted } from '../texts/parts.ts';
import { notChecked, ok, problem, warning, type Check, type Finding, type Looks } from './check.ts';
import { bytesText } from './words.ts';

/** Twice what the writer lets it grow to by itself. */
const LARGE_WAL_BYTES = 512 * 2 ** 20;
const WRITE_AGAIN =
  'Stop what writes to it, move the index.sqlite files away, and start again: `run` applies again what the log still keeps; ' +
  'of what is older, write the index from its inputs.';

export const INDEX_CHECKS: readonly Check[] = [
  { name: 'index.writer', looksFor: 'whether a process writes to the folder now', run: writer },
  { name: 'index.readable', looksFor: 'the index is there, and of this version', run: readable },
  { name: 'index.integrity', looksFor: 'its pages are sound (`quick_check` of SQLite)', run: integrity },
  { name: 'index.owner', looksFor: 'its facts are those of the configured tenant', run: owner },
  { name: 'index.write-ahead-log', looksFor: 'its write-ahead log does not grow', run: writeAheadLog },
];

function writer({ folder, index }: Looks): Finding {
  return ok(
    folder.path,
    index.hasWriter ? 'a process writes to it (`run` is alive)' : 'no process writes to it',
  );
}

function readable({ index }: Looks): Finding {
  const { file, bytes, unusable } = index;
  if (unusable !== null)
    return problem(file, {
      found: unusable,
      why: 'Neither `run` nor a question can use it.',
      toDo: WRITE_AGAIN,
    });
  if (bytes === null) return ok(file, 'there is none yet; the first start makes it');
  if (index.content !== null || index.damage !== null)
    return ok(file, `${bytesText(bytes + index.walBytes)} with its write-ahead log, of this version`);
  if (bytes === 0) return ok(file, 'is empty; the next start fills it');
  return index.walBytes > 0 && !index.hasWriter
    ? notChecked(
        file,
        'a crash has left a write-ahead log without its -shm file; the next start takes it up, doctor would have to change it',
      )
    : notChecked(file, 'holds no tables yet');
}

function integrity({ index }: Looks): Finding {
  const { file, bytes, damage, content } = index;
  if (damage !== null && damage.length > 0)
    return problem(file, {
      found: `damaged: ${damage.join('; ')}`,
      why: 'Answers can be wrong or missing, and the next write can fail.',
      toDo: WRITE_AGAIN,
    });
  if (damage !== null) return ok(file, 'every page is sound');
  if (content !== null)
    return notChecked(
      file,
      `left out, because ${bytesText(bytes ?? 0)} take long; --full looks at all of it`,
    );
  return notChecked(file, 'there is nothing that can be read');
}

function owner({ config, folder, index: { content } }: Looks): Finding {
  if (content === null) return notChecked(folder.path, 'there is nothing that can be read');
  if (content.owner === null) return ok(folder.path, 'holds no facts of `run`');
  if (content.owner === config.tenant) return ok(folder.path, `belongs to tenant ${content.owner}`);
  return problem(folder.path, {
    found: `belongs to tenant ${content.owner}, the configuration says ${config.tenant}`,
    why: 'The tenant is part of every id: `run` and `retro` refuse the folder, and a question finds nothing.',
    toDo: `Set tenant: ${content.owner}, or name another folder with --data.`,
  });
}

function writeAheadLog({ index: { file, walBytes, hasWriter } }: Looks): Finding {
  const place = `${file}-wal`;
  if (walBytes <= LARGE_WAL_BYTES) return ok(place, walBytes === 0 ? 'is empty' : bytesText(walBytes));
  return warning(place, {
    found: `${bytesText(walBytes)}, more than the writer lets it grow to`,
    why: 'Something keeps it from being copied into the index: every answer takes longer, and the disk fills.',
    toDo: hasWriter
      ? `End ${counted(1, 'reader')} that has had the index open for long (a backup, a shell of SQLite).`
      : 'Start `run` once and stop it in order; it copies what is left.',
  });
}
