/** The data folder as the file system sees it. */
import { formatByteSize } from '../../config/byte-sizes.ts';
import { notChecked, ok, problem, warning, type Check, type Finding, type Looks } from './check.ts';
import type { DiskLook } from './folder-look.ts';
import { bytesText } from './words.ts';

const READ_OR_WRITE_BY_OTHERS = 0o066;
/** Permissions on Windows are no modes. */
const WITHOUT_MODES = 'win32';
const SEGMENT_BYTES = 64 * 2 ** 20;
/** What must stay free beyond what is sure to come: indexes grow, and other programs write too. */
const RESERVE = 0.2;

/** From linux/magic.h: where locks and flushes do not keep what they promise, or content does not stay. */
const REMOTE: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB 2'],
  [0x01021997, '9P'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
]);
const IN_MEMORY: ReadonlyMap<number, string> = new Map([
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
]);

export const FOLDER_CHECKS: readonly Check[] = [
  { name: 'folder.there', looksFor: 'the data folder is there and can be written', run: there },
  { name: 'folder.modes', looksFor: 'nobody else may read or write it or a file in it', run: modes },
  { name: 'folder.file-system', looksFor: 'it lies on a disk of this machine', run: fileSystem },
  {
    name: 'folder.disk-space',
    looksFor: 'there is room for what the log and the index may still grow by',
    run: diskSpace,
  },
];

function there({ folder: { path, state, nearest, readable, writable } }: Looks): Finding {
  if (state === 'no_folder')
    return problem(path, {
      found: 'is a file, not a folder',
      why: 'Log, index and key need a folder.',
      toDo: 'Name a folder with --data, or move the file away.',
    });
  if (state === 'folder' && !readable)
    return problem(path, {
      found: 'may not be read by this user',
      why: 'Nothing can be said of what is in it, and nothing that this user starts can use it.',
      toDo: 'Ask as the user who owns it.',
    });
  if (!writable)
    return problem(path, {
      found:
        state === 'none'
          ? `is not there, and cannot be made in ${nearest}`
          : 'cannot be written by this user',
      why: '`run` and `correlate --data` could keep nothing.',
      toDo: `Give this user the right to write to ${nearest}, or name another folder with --data.`,
    });
  if (state === 'folder') return ok(path, 'is there, and can be written');
  return warning(path, {
    found: 'is not there yet',
    why: 'Nothing was recorded here. Where something should have been, this is the wrong folder.',
    toDo: 'Nothing before the first start: `run` makes it. Otherwise name the folder with --data.',
  });
}

function modes({ machine, folder: { path, state, mode, entries } }: Looks): Finding[] {
  if (machine.platform === WITHOUT_MODES) return [notChecked(path, 'this system has no modes')];
  if (state !== 'folder') return [notChecked(path, 'there is no folder')];
  const open = [{ path, isFolder: true, mode }, ...entries].filter(
    (each) => (each.mode & READ_OR_WRITE_BY_OTHERS) !== 0,
  );
  if (open.length === 0) return [ok(path, 'folder and files are for their owner only')];
  return open.map((each) =>
    problem(each.path, {
      found: `has mode ${each.mode.toString(8).padStart(4, '0')}: others on this machine may read or write it`,
      why: 'It holds who paid what and when, and the key that card numbers are hidden with.',
      toDo: `chmod ${each.isFolder ? 700 : 600} '${each.path}'`,
    }),
  );
}

function fileSystem({ machine, folder: { path, disk } }: Looks): Finding {
  if (disk === null || machine.platform !== 'linux')
    return notChecked(path, 'this system does not say where it lies');
  const remote = REMOTE.get(disk.type);
  if (remote !== undefined)
    return problem(path, {
      found: `lies on another machine (${remote})`,
      why: 'Locks and flushes over a network do not keep what the log and the index rely on; both can be damaged.',
      toDo: 'Name a folder on a disk of this machine with --data.',
    });
  const memory = IN_MEMORY.get(disk.type);
  if (memory === undefined) return ok(path, 'lies on no file system that is known to be remote or in memory');
  return warning(path, {
    found: `lies in memory (${memory})`,
    why: 'What is answered as durable is gone when the machine restarts.',
    toDo: 'Name a folder on a disk with --data, unless this is a trial.',
  });
}

/** What must fit at once: the requests that may be on their way, and the segment that they go to. */
function diskSpace({ config, folder: { nearest, disk }, log, index, servers }: Looks): Finding {
  if (disk === null) return notChecked(nearest, 'this system does not say how much room there is');
  if (servers !== null) return roomForIndex(nearest, disk, index.bytes ?? 0);
  const maxBytes = config['log.max_bytes'];
  const needed = config['intake.max_in_flight_bytes'] + Math.min(SEGMENT_BYTES, maxBytes / 4);
  const toCome = Math.max(0, maxBytes - (log?.bytes ?? 0)) + (index.bytes ?? 0);
  const free = `${bytesText(disk.freeBytes)} free`;
  if (disk.freeBytes < needed)
    return problem(nearest, {
      found: `${free}; the intake needs ${bytesText(needed)} at once`,
      why: 'When the disk is full the intake answers 503, and nothing more is recorded.',
      toDo: 'Free some room, or name a folder on another disk with --data.',
    });
  const growth = `${bytesText(toCome)} may still come (log.max_bytes ${formatByteSize(maxBytes)}, and the index once more)`;
  if (disk.freeBytes * (1 - RESERVE) >= toCome) return ok(nearest, `${free}; ${growth}`);
  return warning(nearest, {
    found: `${free}; ${growth}, which leaves less than ${RESERVE * 100} % of it`,
    why: 'Before the log reaches its bound the disk is full; then the intake answers 503.',
    toDo: 'Set log.max_bytes lower, or give the folder a larger disk.',
  });
}

/** Of an incidents worker, whose log is a topic: the index may be written once more. */
function roomForIndex(place: string, { freeBytes }: DiskLook, indexBytes: number): Finding {
  const found = `${bytesText(freeBytes)} free; the index takes ${bytesText(indexBytes)}`;
  if (freeBytes * (1 - RESERVE) >= Math.max(indexBytes, SEGMENT_BYTES)) return ok(place, found);
  return warning(place, {
    found: `${found}, and may need as much once more`,
    why: 'When the disk is full the incidents worker stops; what comes meanwhile waits in Kafka.',
    toDo: 'Free some room, or give the folder a larger disk.',
  });
}
