/** What the retro lane reads, opened: facts, spans by time, documents; nothing of it is written. */
import { openEmbeddedStore } from '../../adapters/embedded/embedded-store.ts';
import { openEventLogReader, type EventLogReader } from '../../adapters/embedded/event-log-reader.ts';
import type { Config } from '../../config/options.ts';
import { formatInstant, type Instant } from '../../model/instant.ts';
import type { LogRange, LogRecord } from '../../ports/event-log.ts';
import type { FactStore } from '../../ports/fact-store.ts';
import type { IncidentIndex } from '../../ports/incident-index.ts';
import type { RetroProgress } from '../../ports/retro-jobs.ts';
import { LoggedSpans } from '../../runtime/retro/logged-spans.ts';
import type { RetroSpans } from '../../runtime/retro/retro.ts';
import { ScanProgress } from '../../runtime/retro/scan-progress.ts';
import { counted } from '../texts/parts.ts';

export interface RetroLane {
  facts: FactStore;
  spans: RetroSpans;
  index: IncidentIndex;
  /** Where the log begins; null: nothing was dropped of it. */
  keptFrom: Instant | null;
  /** What of the log could not be seen, in words. */
  missing(): string[];
  close(): Promise<void>;
}

export type OnRetroProgress = (now: RetroProgress) => void;

/** The log and the facts of a data folder, also while `run` writes to it. @throws CounterfoilError CF_NO_INDEX, CF_NO_LOG … */
export async function openFolderLane(config: Config, onProgress: OnRetroProgress): Promise<RetroLane> {
  const store = openEmbeddedStore(config['data.dir'], 'read', { tenant: config.tenant });
  try {
    const log = await openEventLogReader(config['data.dir']);
    const { facts, index } = store;
    const spans = await LoggedSpans.of(measured(log, onProgress), facts);
    return {
      facts,
      spans,
      index,
      keptFrom: log.extent.keptFrom,
      missing: () => missingOf(log),
      close: async () => store.close(),
    };
  } catch (error) {
    store.close();
    throw error;
  }
}

function measured(
  log: EventLogReader,
  onProgress: OnRetroProgress,
): { scan(range: LogRange): AsyncIterable<LogRecord[]> } {
  const progress = new ScanProgress('bytes', onProgress);
  return {
    scan: (range) => {
      progress.begin(log.bytesOf(range));
      return log.scan(range, (bytes) => progress.read(bytes));
    },
  };
}

function missingOf({ gone }: EventLogReader): string[] {
  return gone === 0
    ? []
    : [`${counted(gone, 'segment')} of the log went while they were to be read; ask again.`];
}

/** Where the log begins, as part of a sentence. */
export function beginText(keptFrom: Instant | null): string {
  return keptFrom === null ? '' : ` (it begins at ${formatInstant(keptFrom)})`;
}
