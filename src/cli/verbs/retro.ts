/** `retro`: a question about yesterday, answered from the log of a data folder, also while `run` writes to it. */
import { openEmbeddedStore } from '../../adapters/embedded/embedded-store.ts';
import { openEventLogReader, type EventLogReader } from '../../adapters/embedded/event-log-reader.ts';
import type { Config } from '../../config/options.ts';
import { CounterfoilError } from '../../model/errors.ts';
import { formatInstant, type Instant } from '../../model/instant.ts';
import type { SecurityEvent } from '../../model/security-event.ts';
import type { FactStore } from '../../ports/fact-store.ts';
import { retroDocuments, storedEvent } from '../../runtime/retro/documents.ts';
import { eventAbout, type RetroQuestion } from '../../runtime/retro/question.ts';
import { retro, rangeOf, type RetroCounts } from '../../runtime/retro/retro.ts';
import { usage, type Arguments, type VerbSpec } from '../arguments.ts';
import { correlateOptions, engineOptions, redactorOf } from '../compose.ts';
import { INCIDENT_COLUMNS, INCIDENT_FIELDS, LINK_COLUMNS, LINK_FIELDS } from '../document-columns.ts';
import { OUTPUT_FLAG, outputForm, printDocuments } from '../output.ts';
import { formatSeconds } from '../progress.ts';
import { reasonsText } from '../report.ts';
import { settingsOf } from '../settings.ts';
import type { Io } from '../terminal.ts';
import { timeFlag } from '../time-flag.ts';
import { counted } from '../texts/parts.ts';
import type { Verb } from '../verb-table.ts';

const spec: VerbSpec = {
  name: 'retro',
  summary: 'which payments passed a pod or container, asked afterwards',
  usage: 'counterfoil retro (--pod POD | --container ID) --from TIME --to TIME | --event ID [flags]',
  examples: [
    {
      command:
        'counterfoil retro --pod payments/ledger-1 --from 2026-03-10T14:00:00Z --to 2026-03-10T18:00:00Z',
      does: 'every payment that passed through the pod in those four hours',
    },
    { command: 'counterfoil retro --event ev_… --incidents', does: 'an event once more, with its money' },
  ],
  flags: [
    { name: 'pod', value: 'POD', help: 'namespace/name, or the uid.' },
    { name: 'container', value: 'ID', help: 'Container id, at least 12 digits.' },
    { name: 'from', value: 'TIME', help: 'Begin of the time asked about (RFC 3339).' },
    { name: 'to', value: 'TIME', help: 'Its end.' },
    { name: 'event', value: 'ID', help: 'An event of the index, instead of pod and time.' },
    { name: 'incidents', help: 'Print the incident that the links make, instead of the links.' },
    OUTPUT_FLAG,
  ],
  configured: true,
  options: ['data.dir', 'cluster', 'join.before', 'join.after'],
  positionals: { name: 'argument', min: 0, max: 0 },
  notes: [
    'Reads the log and the facts of the data folder, and writes nothing. stderr says what could not be seen any more.',
    'Exit status: 0 done, 1 there is no such event or folder, 2 usage, 3 configuration.',
  ],
};

export const verb: Verb = {
  spec,
  async run(args, io) {
    const asked = questionOf(args);
    const form = outputForm(spec, args, 'table', 'ndjson', io.stdout);
    const { config } = settingsOf(args, io);
    const began = io.clock.elapsedMs();
    const store = openEmbeddedStore(config['data.dir'], 'read', { tenant: config.tenant });
    try {
      const log = await openEventLogReader(config['data.dir']);
      await answer(asked, { config, log, facts: store.facts }, form, args.on('incidents'), io, began);
      return 0;
    } finally {
      store.close();
    }
  },
};

type Asked = { eventId: string } | Omit<RetroQuestion, 'cluster'>;

interface Opened {
  config: Config;
  log: EventLogReader;
  facts: FactStore;
}

async function answer(
  asked: Asked,
  { config, log, facts }: Opened,
  form: ReturnType<typeof outputForm>,
  incidents: boolean,
  io: Io,
  began: number,
): Promise<void> {
  const redactor = redactorOf(config, io.env);
  const { openSpanLog } = correlateOptions(config, redactor, null);
  const { engine } = engineOptions(config, redactor, 'live');
  const event = await eventOf(asked, facts, engine);
  const { view, counts } = await retro(
    event,
    { log, facts, openSpanLog },
    { ...engine, withUnseen: incidents },
  );
  const coverage = coverageOf(event, log.extent.keptFrom, engine);
  const found = retroDocuments(view, { ...engine, asOf: null, incidentId: null, coverage });
  const kind = incidents
    ? { documents: found.incidents, columns: INCIDENT_COLUMNS, fields: INCIDENT_FIELDS }
    : { documents: found.links, columns: LINK_COLUMNS, fields: LINK_FIELDS };
  await printDocuments(kind.documents, form, kind, io.stdout);
  const lines = [...seenLines(counts), ...missingLines(counts, log, coverage)];
  const seconds = formatSeconds(io.clock.elapsedMs() - began);
  io.stderr.say(`${[...lines, `${counted(found.links.length, 'link')}, in ${seconds}`].join('\n')}\n`);
}

/** @throws CounterfoilError CF_NOT_FOUND */
async function eventOf(
  asked: Asked,
  facts: FactStore,
  options: ReturnType<typeof engineOptions>['engine'],
): Promise<SecurityEvent> {
  if (!('eventId' in asked)) return eventAbout({ ...asked, cluster: options.cluster }, options.tenant);
  const event = await storedEvent(facts, asked.eventId, options);
  if (event !== null) return event;
  throw new CounterfoilError('CF_NOT_FOUND', `No event ${asked.eventId} was recorded in this data folder.`);
}

/** Share of the event's window that the log still holds. */
function coverageOf(
  event: SecurityEvent,
  keptFrom: Instant | null,
  options: ReturnType<typeof engineOptions>['engine'],
): number {
  const { start, end } = rangeOf(event, options);
  if (keptFrom === null || keptFrom <= start) return 1;
  return Math.round(Math.max(0, (end - keptFrom) / (end - start)) * 1e6) / 1e6;
}

function seenLines({ window, spans, candidates, traces, payments, unresolved }: RetroCounts): string[] {
  const reasons = reasonsText(unresolved);
  return [
    `looked at ${formatInstant(window.start)} to ${formatInstant(window.end)}: ${counted(spans, 'span')}, ` +
      `${counted(candidates, 'candidate')} of ${counted(traces, 'trace')}, ${counted(payments, 'payment')}`,
    ...(reasons === '' ? [] : [`ids not linked: ${reasons}`]),
  ];
}

/** What could not be seen. */
function missingLines(
  { notApplied }: RetroCounts,
  { gone, extent }: EventLogReader,
  coverage: number,
): string[] {
  const from = extent.keptFrom === null ? '' : ` (it begins at ${formatInstant(extent.keptFrom)})`;
  return [
    ...(coverage < 1 ? [`The log holds ${Math.round(coverage * 100)} % of that time only${from}.`] : []),
    ...(gone > 0
      ? [`${counted(gone, 'segment')} of the log went while they were to be read; ask again.`]
      : []),
    ...(notApplied > 0
      ? [`${counted(notApplied, 'record')} are not applied yet; ask again in a moment.`]
      : []),
  ];
}

/** @throws CounterfoilError CF_USAGE */
function questionOf(args: Arguments): Asked {
  const [eventId, pod, container] = [args.text('event'), args.text('pod'), args.text('container')];
  if (eventId !== undefined) {
    if (pod !== undefined || container !== undefined) throw usage(spec, '--event stands alone');
    return { eventId };
  }
  if (pod === undefined && container === undefined)
    throw usage(spec, 'name what is asked about: --pod, --container or --event');
  const [from, to] = [timeOf(args, 'from'), timeOf(args, 'to')];
  if (to < from) throw usage(spec, '--to lies before --from');
  return { pod: pod === undefined ? null : podOf(pod), containerId: containerOf(container), from, to };
}

function podOf(text: string): RetroQuestion['pod'] {
  const [namespace, name, more] = text.split('/');
  if (name === undefined && namespace) return { uid: namespace };
  if (!namespace || !name || more !== undefined)
    throw usage(spec, `--pod ${text} is neither namespace/name nor a uid`);
  return { namespace, name };
}

function containerOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (/^[0-9a-f]{12,64}$/.test(text)) return text;
  throw usage(spec, `--container ${text} is no container id: 12 to 64 of the digits 0-9 and a-f`);
}

function timeOf(args: Arguments, name: 'from' | 'to'): Instant {
  const instant = timeFlag(spec, args, name);
  if (instant === undefined) throw usage(spec, `--${name} TIME is missing`);
  return instant;
}
