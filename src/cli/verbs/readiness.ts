/** `readiness`: what the data at hand can and cannot link, and what to set to change it. */
import { createDecoders } from '../../runtime/decoders.ts';
import { readinessOf } from '../../runtime/readiness/readiness.ts';
import { usage, type VerbSpec } from '../arguments.ts';
import { correlateOptions, openInputs, redactorOf } from '../compose.ts';
import { INPUT_FLAGS, pathsOf } from '../input-flags.ts';
import { jsonText, DOCUMENT_OUTPUT_FLAG, outputForm } from '../output.ts';
import { Progress } from '../progress.ts';
import { accountingLines, nothingReadable, refusalLines } from '../report.ts';
import { settingsOf } from '../settings.ts';
import { readinessLines } from '../texts/readiness-text.ts';
import type { Verb } from '../verb.ts';

const spec: VerbSpec = {
  name: 'readiness',
  summary: 'what the data at hand can and cannot link, and what to set to change it',
  usage: 'counterfoil readiness [--audit F] [--alerts F] [--events F] [--spans F] [--payments F] [flags]',
  examples: [
    {
      command: 'counterfoil readiness --alerts falco.json --spans otlp/ --payments pay.ndjson',
      does: 'before anything is installed: a day of your own data',
    },
    {
      command: 'counterfoil readiness --spans spans.json.gz -o json | jq .services',
      does: 'what the spans of each service say',
    },
  ],
  flags: [...INPUT_FLAGS, DOCUMENT_OUTPUT_FLAG],
  configured: true,
  options: ['cluster', 'inputs.spans.payment_attributes', 'rules.paths'],
  positionals: { name: 'FILE', min: 0, max: 0 },
  notes: [
    'It reads files; what a running engine refused or flagged, by reason: GET /api/v1/accounting.',
    'Nothing is stored. A FILE may be a folder, or - for standard input; gzip and zstd are recognised.',
    'Exit status: 0 read (whatever was found), 2 usage, 3 configuration or rules, 4 nothing of the input could be read.',
  ],
};

export const verb: Verb = {
  spec,
  async run(args, io) {
    const paths = pathsOf(spec, args);
    if (Object.values(paths).flat().length === 0)
      throw usage(
        spec,
        'no input is named; give what there is of --spans, --payments, --alerts, --audit, --events',
      );
    const form = outputForm(spec, args, 'table', 'json', io.stdout);
    if (form === 'csv') throw usage(spec, '-o csv is for lists of documents; use json or table');
    const { config } = settingsOf(args, io);
    const redactor = redactorOf(config, io.env);
    const options = correlateOptions(config, redactor, null);
    const inputs = await openInputs(paths, config, redactor);
    const progress = new Progress(io.stderr, io.clock, inputs.totalBytes);
    const { readiness, accounting, refusals, refusalCount } = await readinessOf(inputs.sources, {
      decoders: createDecoders({ ...options, provenance: options.identity.spans }),
      rules: options.rules,
      redactor,
      recoverability: options.recoverability,
      attribute: (name) => options.attributes.lookup(name),
      cluster: options.cluster,
      settings: options.settings,
      onProgress: (now) => progress.update(now),
    }).finally(() => progress.wipe());
    const text =
      form === 'table'
        ? readinessLines(readiness, io.stdout.width).join('\n')
        : jsonText(readiness, io.stdout, form === 'json' ? 2 : undefined);
    await io.stdout.write(`${text}\n`);
    const lines = [...refusalLines(refusals, refusalCount), ...accountingLines(accounting)];
    io.stderr.say(`${lines.join('\n')}\n`);
    return nothingReadable(accounting) ? 4 : 0;
  },
};
