/** `init`: a starter configuration, with a mapping for payment records of the user's own form where a sample of them is given. */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { OPTION_NAMES, type OptionName } from '../../config/options.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { usage, type Arguments, type VerbSpec } from '../arguments.ts';
import { redactorOf } from '../compose.ts';
import { proposalFor } from '../init/proposal-for.ts';
import { MAX_RECORDS } from '../init/sample.ts';
import { settingsOf } from '../settings.ts';
import { printable } from '../text-width.ts';
import { STARTER_OPTIONS, starterText, yamlValue } from '../texts/starter-text.ts';
import type { Io } from '../terminal.ts';
import type { Verb } from '../verb.ts';

const spec: VerbSpec = {
  name: 'init',
  summary: 'a starter configuration, with a mapping for your own payment records',
  usage: 'counterfoil init [--payments SAMPLE] [-o FILE] [flags]',
  examples: [
    {
      command: 'counterfoil init -o counterfoil.yaml',
      does: 'the options that are met first, each with what it does',
    },
    {
      command: 'counterfoil init --payments export.csv -o counterfoil.yaml',
      does: 'with a proposal of how your payment records are read, and whether that works',
    },
    {
      command: 'counterfoil init --payments rows.ndjson.gz --tenant acme --cluster prod-eu',
      does: 'options that are given as flags stand in the file',
    },
  ],
  flags: [
    {
      name: 'payments',
      value: 'SAMPLE',
      many: true,
      help: 'Payment records as they are: JSON, XML or CSV; a file, a folder, or - for standard input; gzip and zstd are recognised.',
    },
    { name: 'output', short: 'o', value: 'FILE', help: 'Where to write; default, and -: standard output.' },
    { name: 'force', help: 'Write over FILE if it is there.' },
    { name: 'all', help: 'Every option, not only those that are met first.' },
  ],
  configured: true,
  options: ['tenant', 'cluster', 'payments.csv.delimiter', 'payments.csv.header'],
  positionals: { name: 'argument', min: 0, max: 0 },
  notes: [
    `Of a sample the first ${MAX_RECORDS.toLocaleString('en')} records are looked at, at most 32 MiB. Nothing is stored; of its values`,
    'only the names of states and rails are shown.',
    'Exit status: 0 written, 2 usage (such as: FILE is there), 3 configuration, 4 the sample cannot be read, or lacks',
    'what every payment needs (then the file is written, with what was found).',
  ],
};

export const verb: Verb = {
  spec,
  async run(args, io) {
    const target = targetOf(args, io);
    const loaded = settingsOf(args, io);
    const set = setOptions(loaded);
    const off = new Map<OptionName, readonly string[]>();
    const paths = args.all('payments');
    const found =
      paths.length === 0
        ? null
        : await proposalFor(paths, loaded, redactorOf(loaded.config, io.env), target?.name ?? null);
    for (const [name, lines] of found?.set ?? []) set.set(name, lines);
    for (const [name, lines] of found?.off ?? []) off.set(name, lines);
    const names = args.on('all') ? OPTION_NAMES : STARTER_OPTIONS;
    const text = starterText({
      names,
      set,
      off,
      head: headOf(printable(target?.name ?? 'counterfoil.yaml')),
    });
    if (target === null) await io.stdout.write(text);
    else write(target, text, args.on('force'));
    for (const line of found?.told ?? []) io.stderr.say(`${line}\n`);
    if (target !== null) io.stderr.say(`Written: ${printable(target.name)}\n`);
    return found?.works === false ? 4 : 0;
  },
};

interface Target {
  /** As the user gave it. */
  name: string;
  path: string;
}

/** Asked before anything is read: nobody wants to wait for a refusal. */
function targetOf(args: Arguments, io: Io): Target | null {
  const name = args.text('output');
  if (name === undefined || name === '-') {
    if (args.on('force')) throw usage(spec, '--force is for -o FILE');
    return null;
  }
  const path = resolve(io.cwd, name);
  if (existsSync(path) && !args.on('force')) throw isThere(name);
  if (!existsSync(dirname(path)))
    throw usage(spec, `${name} cannot be written: ${dirname(name)} is not there; make it first (mkdir -p)`);
  return { name, path };
}

function isThere(name: string): Error {
  return usage(spec, `${name} is there already; name another file, or write over it with --force`);
}

function write({ name, path }: Target, text: string, over: boolean): void {
  try {
    writeFileSync(path, text, { flag: over ? 'w' : 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'EEXIST' ? isThere(name) : usage(spec, `${name} cannot be written (${code ?? 'unknown'})`);
  }
}

/** What the user has said in flags or in a file; variables are there when it runs, too. */
function setOptions({ config, layers }: LoadedConfig): Map<OptionName, readonly string[]> {
  const said = OPTION_NAMES.filter((name) => layers[name] === 'file' || layers[name] === 'flag');
  return new Map(said.map((name) => [name, [yamlValue(name, config[name])]]));
}

function headOf(file: string): string[] {
  return [
    'Configuration of Counterfoil. What is not set here is as the line says that is off: to set it, take away the # in front of it, and in',
    'front of its section. All options: docs/reference/configuration.md, or counterfoil init --all.',
    '',
    `  counterfoil validate -c ${file}`,
    `  counterfoil run -c ${file}`,
  ];
}
