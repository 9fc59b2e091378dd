/** `correlate`: the join over files. Documents on stdout; progress, accounts and refusals on stderr. */
import { openIncidentIndex } from '../../adapters/embedded/incident-index.ts';
import type { CorrelateResult } from '../../runtime/correlate.ts';
import { usage, type Arguments, type VerbSpec } from '../arguments.ts';
import { correlateInputs, correlateOptions, openInputs, redactorOf, type InputPaths } from '../compose.ts';
import { INCIDENT_COLUMNS, INCIDENT_FIELDS, LINK_COLUMNS, LINK_FIELDS } from '../document-columns.ts';
import { INPUT_FLAGS, pathsOf } from '../input-flags.ts';
import { OUTPUT_FLAG, outputForm, printDocuments } from '../output.ts';
import { formatSeconds, Progress } from '../progress.ts';
import { accountingLines, nothingReadable, reasonsText, refusalLines } from '../report.ts';
import { settingsOf, tellDoubts } from '../settings.ts';
import { STATS_FLAG, writeStats } from '../stats-file.ts';
import type { Io } from '../terminal.ts';
import { timeFlag } from '../time-flag.ts';
import { counted } from '../texts/parts.ts';
import type { Verb } from '../verb.ts';

const spec: VerbSpec = {
  name: 'correlate',
  summary: 'links security events to payments, over files',
  usage: 'counterfoil correlate [--audit F] [--alerts F] [--events F] --spans F --payments F [flags]',
  examples: [
    {
      does: 'links as NDJSON on stdout, the accounts on stderr',
      command: 'counterfoil correlate --audit audit.ndjson --spans spans.json.gz --payments payments.ndjson',
    },
    {
      does: 'incidents with their money, and an index for lookup, explain and the page',
      command:
        'counterfoil correlate --alerts falco.json --spans otlp/ --payments pay.ndjson --incidents --data ./case-17',
    },
    {
      does: 'spans from a pipe, links as CSV',
      command:
        'zcat spans.ndjson.gz | counterfoil correlate --audit audit/ --spans - --payments pay.ndjson -o csv > links.csv',
    },
  ],
  flags: [
    ...INPUT_FLAGS,
    { name: 'flows', value: 'FILE', many: true, help: 'Network flows: not read yet.' },
    { name: 'incidents', help: 'Print incidents instead of links.' },
    {
      name: 'as-of',
      value: 'TIME',
      help: 'When deadlines are looked at (RFC 3339); default: the latest event.',
    },
    STATS_FLAG,
    OUTPUT_FLAG,
  ],
  configured: true,
  options: ['cluster', 'data.dir', 'join.before', 'join.after', 'impact.report_currency', 'rules.paths'],
  positionals: { name: 'FILE', min: 0, max: 0 },
  notes: [
    'A FILE may be a folder, or - for standard input; gzip and zstd are recognised. With --data, the index there is replaced.',
    'Exit status: 0 done (some records may have been refused, see stderr), 2 usage, 3 configuration or rules,',
    '4 nothing of the input could be read.',
  ],
};

export const verb: Verb = {
  spec,
  async run(args, io) {
    const paths = inputPaths(args);
    const asOf = timeFlag(spec, args, 'as-of') ?? null;
    const form = outputForm(spec, args, 'table', 'ndjson', io.stdout);
    const { config, layers } = settingsOf(args, io);
    const redactor = redactorOf(config, io.env);
    const options = correlateOptions(config, redactor, asOf);
    tellDoubts(options.rules, io);
    const inputs = await openInputs(paths, config, redactor);
    const progress = new Progress(io.stderr, io.clock, inputs.totalBytes);
    options.onProgress = (now) => progress.update(now);
    const result = await correlateInputs(inputs, options).finally(() => progress.wipe());
    if (layers['data.dir'] === 'flag') await writeIndex(config['data.dir'], config.tenant, result);
    const kind = args.on('incidents')
      ? { documents: result.incidents, columns: INCIDENT_COLUMNS, fields: INCIDENT_FIELDS }
      : { documents: result.links, columns: LINK_COLUMNS, fields: LINK_FIELDS };
    await printDocuments(kind.documents, form, kind, io.stdout);
    report(result, progress.elapsedMs(), io);
    const stats = args.text('stats');
    if (stats !== undefined) writeStats(stats, result.accounting, countsOf(result));
    return nothingReadable(result.accounting) ? 4 : 0;
  },
};

/** @throws CounterfoilError CF_USAGE when no input is named, or one that is not read yet, or `-` twice */
function inputPaths(args: Arguments): InputPaths {
  if (args.on('flows'))
    throw usage(spec, '--flows is not read yet; leave it out (network_interval makes no links so far)');
  const paths = pathsOf(spec, args);
  if (Object.values(paths).flat().length === 0)
    throw usage(
      spec,
      'no input is named; give at least --spans, --payments and one of --audit, --alerts, --events',
    );
  return paths;
}

async function writeIndex(dir: string, tenant: string, result: CorrelateResult): Promise<void> {
  const index = openIncidentIndex(dir, 'write');
  try {
    await index.replaceAll(tenant, result);
  } finally {
    await index.close();
  }
}

function report(result: CorrelateResult, elapsedMs: number, io: Io): void {
  const { accounting, refusals, refusalCount, unlinked, uncorrelated, suppressed } = result;
  const suppressedText = reasonsText(suppressed);
  const unlinkedText = reasonsText(unlinked);
  const uncorrelatedText = reasonsText(uncorrelated);
  const lines = [
    ...refusalLines(refusals, refusalCount),
    ...accountingLines(accounting),
    ...(unlinkedText === '' ? [] : [`not linked: ${unlinkedText}`]),
    ...(suppressedText === '' ? [] : [`suppressed: ${suppressedText}`]),
    ...(uncorrelatedText === '' ? [] : [`not correlated: ${uncorrelatedText}`]),
    `${counted(result.events.length, 'event')} and ${counted(result.payments.length, 'payment')}: ` +
      `${counted(result.links.length, 'link')}, ${counted(result.incidents.length, 'incident')}, in ${formatSeconds(elapsedMs)}`,
  ];
  io.stderr.say(`${lines.join('\n')}\n`);
}

function countsOf({
  unlinked,
  uncorrelated,
  suppressed,
  refusalCount,
  links,
  events,
  payments,
  incidents,
}: CorrelateResult): object {
  return {
    unlinked,
    uncorrelated,
    suppressed,
    refused: refusalCount,
    links: links.length,
    events: events.length,
    payments: payments.length,
    incidents: incidents.length,
  };
}
