/** `replay`: facts and documents anew, with the rules and the configuration of today, into a folder of their own. */
import { resolve } from 'node:path';
import { openEmbeddedStore } from '../../adapters/embedded/embedded-store.ts';
import { indexDifferences, type IndexDifference } from '../../adapters/embedded/index-difference.ts';
import { hasLog } from '../../adapters/embedded/event-log-reader.ts';
import { copyRedactionKey } from '../../adapters/embedded/redaction-key.ts';
import type { Config } from '../../config/options.ts';
import { CounterfoilError } from '../../model/errors.ts';
import type { LogRange } from '../../ports/event-log.ts';
import { FrameBuilder } from '../../runtime/live/frame-builder.ts';
import type { Redactor } from '../../formats/redaction/redact.ts';
import { isDistributed } from '../cluster/settings.ts';
import { usage, type Arguments, type VerbSpec } from '../arguments.ts';
import { redactorOf, replayOptions } from '../compose.ts';
import type { DocumentColumn } from '../document-columns.ts';
import { INPUT_FLAGS, pathsOf } from '../input-flags.ts';
import { OUTPUT_FLAG, outputForm, printDocuments } from '../output.ts';
import { formatBytes, formatSeconds, Progress } from '../progress.ts';
import { replayInto, type ReplayDone } from '../replay-engine.ts';
import { ReplayFolder, whyNotInto } from '../replay-folder.ts';
import { ReplaySources, type ReplayAsked, type Replayed } from '../replay-sources.ts';
import { accountingLines, nothingReadable, refusalLines } from '../report.ts';
import { untilStopped } from '../serve.ts';
import { settingsOf } from '../settings.ts';
import { STATS_FLAG, writeStats } from '../stats-file.ts';
import type { Io } from '../terminal.ts';
import { counted } from '../texts/parts.ts';
import { timeFlag } from '../time-flag.ts';
import type { Verb } from '../verb.ts';

const spec: VerbSpec = {
  name: 'replay',
  summary: 'makes facts and documents anew, from the log of a data folder, from Kafka or from files',
  usage: 'counterfoil replay --into DIR [--data DIR] [--from TIME] [--to TIME] [--spans F …] [flags]',
  examples: [
    {
      command: 'counterfoil replay --data ./live --into ./live-new -c counterfoil.yaml',
      does: 'all that the log holds, with the rules and settings of today',
    },
    {
      command:
        'counterfoil replay --data ./live --into ./tuesday --from 2026-03-10T00:00:00Z --to 2026-03-11T00:00:00Z',
      does: 'one day of it',
    },
    {
      command: 'counterfoil replay --spans otlp/ --payments pay.ndjson --alerts falco.json --into ./case-17',
      does: 'files, into a folder that run can go on with and retro can ask',
    },
    {
      command: 'counterfoil replay -c counterfoil.yaml --into ./again --from 2026-03-10T00:00:00Z',
      does: 'what the input topics were given since then, where kafka.brokers is set',
    },
  ],
  flags: [
    { name: 'into', value: 'DIR', help: 'The folder to make; missing or empty.' },
    {
      name: 'from',
      value: 'TIME',
      help: 'Only requests of the log with a record that ends at or after this time (RFC 3339).',
    },
    { name: 'to', value: 'TIME', help: 'Only requests of the log with a record that begins by then.' },
    ...INPUT_FLAGS,
    STATS_FLAG,
    OUTPUT_FLAG,
  ],
  configured: true,
  options: [
    'data.dir',
    'cluster',
    'log.max_bytes',
    'window.max_bytes',
    'join.before',
    'join.after',
    'rules.paths',
  ],
  positionals: { name: 'argument', min: 0, max: 0 },
  notes: [
    'Prints how many documents there were in the data folder and are now, and how many differ in content. Files alone need no',
    '--data; with both, the log comes first. The data folder is only read, also while run writes to it.',
    'Where kafka.brokers is set and the data folder has no log, the input topics are replayed: all',
    'that they keep, or what was appended from --from to --to. The new folder is one of a single',
    'process; nothing is written to Kafka, Redis or Elasticsearch.',
    'DIR gets a copy of the log (as much disk as what is replayed), index and facts, and the redaction key of the data folder.',
    'It shows when all is done: a replay that fails or is stopped leaves nothing, and is begun again from the start.',
    'What was decided when records came stays so: what was redacted, which attributes are ids, who wrote an identity.',
    'Exit status: 0 done, 1 failed or stopped, 2 usage, 3 configuration or rules, 4 nothing could be read, 5 Kafka cannot be',
    'reached.',
  ],
};

const FIELDS = ['documents', 'before', 'after', 'same', 'changed', 'added', 'removed'] as const;
const COLUMNS: readonly DocumentColumn[] = FIELDS.map((of) => ({
  title: of,
  of,
  align: of === 'documents' ? 'left' : 'right',
}));

export const verb: Verb = {
  spec,
  async run(args, io) {
    const form = outputForm(spec, args, 'table', 'ndjson', io.stdout);
    const { config, layers } = settingsOf(args, io);
    const asked = askedOf(args, config, layers['data.dir'] === 'flag');
    const into = intoOf(args, asked, io.cwd);
    const compared = indexOf(asked.folder, config, io);
    const began = io.clock.elapsedMs();
    const { done, sources } = await replayed(asked, into, config, io);
    const differences = indexDifferences(compared, into, config.tenant);
    await printDocuments(differences, form, { columns: COLUMNS, fields: FIELDS }, io.stdout);
    report(done, sources, differences, io, io.clock.elapsedMs() - began);
    const stats = args.text('stats');
    if (stats !== undefined) writeStats(stats, done.accounting, countsOf(sources, differences));
    return nothingReadable(done.accounting) ? 4 : 0;
  },
};

/** @throws CounterfoilError CF_USAGE */
function askedOf(args: Arguments, config: Config, named: boolean): ReplayAsked {
  const paths = pathsOf(spec, args);
  const hasFiles = Object.values(paths).some((each) => each.length > 0);
  const range = rangeOf(args);
  const folder = hasFiles && !named ? null : config['data.dir'];
  const topics = folder !== null && isDistributed(config) && !hasLog(folder);
  if (topics && hasFiles)
    throw usage(spec, 'files are replayed alone, or after the log of a folder; this one has none');
  if (folder === null && range !== null)
    throw usage(spec, '--from and --to choose from a log; name its folder with --data');
  return { folder, topics, range, paths };
}

function rangeOf(args: Arguments): LogRange | null {
  const [from, to] = [timeFlag(spec, args, 'from'), timeFlag(spec, args, 'to')];
  if (from === undefined && to === undefined) return null;
  const range = { from: from ?? -Infinity, to: to ?? Infinity };
  if (range.to < range.from) throw usage(spec, '--to lies before --from');
  return range;
}

function intoOf(args: Arguments, { folder }: ReplayAsked, cwd: string): string {
  const given = args.text('into');
  if (given === undefined) throw usage(spec, '--into DIR is missing');
  const into = resolve(cwd, given);
  const why = whyNotInto(into, folder);
  if (why !== null) throw usage(spec, why);
  return into;
}

/**
 * The folder whose index the new one is compared with; null: it has none that can be read.
 * @throws CounterfoilError CF_CONFIG when what it holds is of another tenant, which is part of ids in the log too
 */
function indexOf(folder: string | null, { tenant }: Config, io: Io): string | null {
  if (folder === null) return null;
  try {
    openEmbeddedStore(folder, 'read', { tenant }).close();
    return folder;
  } catch (error) {
    if (!(error instanceof CounterfoilError)) throw error;
    if (error.code !== 'CF_NO_INDEX' && error.code !== 'CF_INDEX_VERSION') throw error;
    if (error.code === 'CF_INDEX_VERSION')
      io.stderr.say(`The index in ${folder} is of another version; nothing is compared with it.\n`);
    return null;
  }
}

/** Makes the folder, or leaves nothing. */
async function replayed(
  asked: ReplayAsked,
  into: string,
  config: Config,
  io: Io,
): Promise<{ done: ReplayDone; sources: Replayed }> {
  const folder = new ReplayFolder(into);
  const redactor = redactorOf({ ...config, 'data.dir': folder.work }, io.env);
  const { engine, decoders } = replayOptions(config, redactor);
  const sources = await opened(asked, config, redactor, io);
  folder.make();
  const progress = new Progress(io.stderr, io.clock, sources.totalBytes);
  const stop = new AbortController();
  void untilStopped().then(() => stop.abort());
  try {
    // After the log was opened: what a run redacts later is not read.
    if (asked.folder !== null) copyRedactionKey(asked.folder, folder.work);
    const entries = sources.entries(new FrameBuilder(decoders, redactor), {
      onBytes: (now) => progress.update(now),
      onRecords: (now) => progress.of(now),
    });
    const onRead = (): void => progress.note('all is read; evaluating');
    const around = { clock: io.clock, signal: stop.signal, onRead };
    const done = await replayInto(folder.work, entries, engine, config, around);
    await folder.publish();
    return { done, sources };
  } catch (error) {
    folder.discard();
    progress.wipe();
    io.stderr.say(`Nothing is left in ${into}; the same command begins again.\n`);
    throw error;
  } finally {
    progress.wipe();
  }
}

/** The drivers of the servers take a while to load. */
async function opened(asked: ReplayAsked, config: Config, redactor: Redactor, io: Io): Promise<Replayed> {
  if (!asked.topics) return await ReplaySources.open(asked, config, redactor);
  const { TopicReplay } = await import('../replay-topics.ts');
  return await TopicReplay.open(asked.range, config, redactor, io.env);
}

function report(
  { accounting, records, bytes }: ReplayDone,
  sources: Replayed,
  differences: readonly IndexDifference[],
  io: Io,
  elapsedMs: number,
): void {
  const now = afterOf(differences);
  const lines = [
    ...refusalLines(sources.refusals.first, sources.refusals.count),
    ...accountingLines(accounting),
    ...sources.missing(),
    `${counted(now.events, 'event')} and ${counted(now.payments, 'payment')}: ${counted(now.links, 'link')}, ` +
      `${counted(now.incidents, 'incident')}, in ${formatSeconds(elapsedMs)}; ` +
      `the new log holds ${counted(records, 'request')}, ${formatBytes(bytes)}`,
  ];
  io.stderr.say(`${lines.join('\n')}\n`);
}

function countsOf({ refusals }: Replayed, differences: readonly IndexDifference[]): object {
  return { refused: refusals.count, ...afterOf(differences), differences };
}

function afterOf(differences: readonly IndexDifference[]): Record<IndexDifference['documents'], number> {
  const counts = { links: 0, events: 0, payments: 0, incidents: 0 };
  for (const { documents, after } of differences) counts[documents] = after;
  return counts;
}
