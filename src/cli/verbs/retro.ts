/** `retro`: a question about yesterday, answered from the log of a data folder, also while `run` writes to it. */
import type { Config } from '../../config/options.ts';
import { formatInstant, type Instant } from '../../model/instant.ts';
import { askedPodOf, isContainerId, type AskedPod, type RetroAsked } from '../../model/retro-question.ts';
import type { RetroSeen } from '../../ports/retro-jobs.ts';
import { usage, type Arguments, type VerbSpec } from '../arguments.ts';
import { correlateOptions, engineOptions, redactorOf } from '../compose.ts';
import { INCIDENT_COLUMNS, INCIDENT_FIELDS, LINK_COLUMNS, LINK_FIELDS } from '../document-columns.ts';
import { OUTPUT_FLAG, outputForm, printDocuments } from '../output.ts';
import { formatSeconds, Progress } from '../progress.ts';
import { reasonsText } from '../report.ts';
import { answerRetro } from '../retro/answer.ts';
import type { RetroLane } from '../retro/lane.ts';
import { openRetroLane } from '../retro/open-lane.ts';
import { settingsOf } from '../settings.ts';
import type { Io } from '../terminal.ts';
import { counted } from '../texts/parts.ts';
import { timeFlag } from '../time-flag.ts';
import type { Verb } from '../verb.ts';

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
    'Where kafka.brokers is set and the data folder has no log: with --data DIR of the incidents',
    'worker the span topics are read, from --from on; without, all that the input topics keep is',
    'replayed into a temporary folder first, and asked there.',
    'Exit status: 0 done, 1 there is no such event or folder, 2 usage, 3 configuration, 5 Kafka',
    'cannot be reached.',
  ],
};

export const verb: Verb = {
  spec,
  async run(args, io) {
    const asked = questionOf(args);
    const form = outputForm(spec, args, 'table', 'ndjson', io.stdout);
    const { config } = settingsOf(args, io);
    const progress = new Progress(io.stderr, io.clock, null);
    const lane = await openRetroLane(config, io.env, (now) => progress.of(now));
    try {
      const { seen, links } = await answer(
        asked,
        lane,
        config,
        { form, incidents: args.on('incidents'), progress },
        io,
      );
      const seconds = formatSeconds(progress.elapsedMs());
      io.stderr.say(`${[...seenLines(seen), `${counted(links, 'link')}, in ${seconds}`].join('\n')}\n`);
      return 0;
    } finally {
      progress.wipe();
      await lane.close();
    }
  },
};

async function answer(
  asked: RetroAsked,
  lane: RetroLane,
  config: Config,
  {
    form,
    incidents,
    progress,
  }: { form: ReturnType<typeof outputForm>; incidents: boolean; progress: Progress },
  io: Io,
): Promise<{ seen: RetroSeen; links: number }> {
  const redactor = redactorOf(config, io.env);
  const { openSpanLog } = correlateOptions(config, redactor, null);
  const { engine } = engineOptions(config, redactor, 'live');
  const { found, seen } = await answerRetro(asked, lane, { engine, openSpanLog, withMoney: incidents });
  progress.wipe();
  const kind = incidents
    ? { documents: found.incidents, columns: INCIDENT_COLUMNS, fields: INCIDENT_FIELDS }
    : { documents: found.links, columns: LINK_COLUMNS, fields: LINK_FIELDS };
  await printDocuments(kind.documents, form, kind, io.stdout);
  return { seen, links: found.links.length };
}

function seenLines({
  window,
  spans,
  candidates,
  traces,
  payments,
  unresolved,
  missing,
}: RetroSeen): string[] {
  const reasons = reasonsText(unresolved);
  return [
    `looked at ${formatInstant(window.start)} to ${formatInstant(window.end)}: ${counted(spans, 'span')}, ` +
      `${counted(candidates, 'candidate')} of ${counted(traces, 'trace')}, ${counted(payments, 'payment')}`,
    ...(reasons === '' ? [] : [`ids not linked: ${reasons}`]),
    ...missing,
  ];
}

/** @throws CounterfoilError CF_USAGE */
function questionOf(args: Arguments): RetroAsked {
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

function podOf(text: string): AskedPod {
  const pod = askedPodOf(text);
  if (pod === null) throw usage(spec, `--pod ${text} is neither namespace/name nor a uid`);
  return pod;
}

function containerOf(text: string | undefined): string | null {
  if (text === undefined || isContainerId(text)) return text ?? null;
  throw usage(spec, `--container ${text} is no container id: 12 to 64 of the digits 0-9 and a-f`);
}

function timeOf(args: Arguments, name: 'from' | 'to'): Instant {
  const instant = timeFlag(spec, args, name);
  if (instant === undefined) throw usage(spec, `--${name} TIME is missing`);
  return instant;
}
