/**
 * A starter configuration as a commented YAML file, from the table of options: prose, default and example of each stand there once.
 *
 * A line that begins with `#` and no single blank is an option that is off, as it would stand there: take the `#` away, and that of its section.
 * Lines of prose are `# …`, wherever they are indented, and stay comments.
 *
 * Worked example: `otlp.port`, not set -> `#otlp:`, `  # The port on which…`, `#  port: 4318`.
 */
import { optionOf, OPTION_NAMES, type OptionName } from '../../config/options.ts';
import { wrap } from '../help.ts';
import { withoutSteering } from '../output.ts';

/** What a new user meets first; all others are on the reference page. */
export const STARTER_OPTIONS: readonly OptionName[] = [
  'tenant',
  'cluster',
  'data.dir',
  'server.host',
  'server.port',
  'otlp.port',
  'inputs.spans.identity',
  'inputs.spans.payment_attributes',
  'inputs.payments.zone',
  'payments.mapping',
  'payments.csv.delimiter',
  'payments.csv.header',
  'rules.paths',
  'impact.report_currency',
  'impact.rates',
  'log.retention',
  'log.max_bytes',
  'webhook.url',
  'webhook.secret_file',
];

export interface StarterContent {
  /** Which options, in the order of the table. */
  names: readonly OptionName[];
  /** What is set: YAML lines of a value, which stand below the key where they are several. `#` at the beginning of a line is kept. */
  set: ReadonlyMap<OptionName, readonly string[]>;
  /** Options that are off, with lines that say more than their default. */
  off: ReadonlyMap<OptionName, readonly string[]>;
  /** Prose at the top. */
  head: readonly string[];
}

const WIDTH = 116;

/** The file as text. */
export function starterText({ names, set, off, head }: StarterContent): string {
  const shown = OPTION_NAMES.filter((name) => names.includes(name) || set.has(name) || off.has(name));
  const sections = new Map<string, OptionName[]>();
  for (const name of shown) {
    const section = name.split('.')[0] ?? name;
    sections.set(section, [...(sections.get(section) ?? []), name]);
  }
  const blocks = [...sections.values()].map((options) => sectionLines(options, set, off));
  return [
    ...head.map((line) => `# ${line}`.trimEnd()),
    ...blocks.flatMap((lines) => ['', ...lines]),
    '',
  ].join('\n');
}

function sectionLines(
  options: readonly OptionName[],
  set: StarterContent['set'],
  off: StarterContent['off'],
): string[] {
  const lines: string[] = [];
  let open: readonly string[] = [];
  for (const name of togetherFrom(options, 1)) {
    const path = name.split('.');
    const parents = path.slice(0, -1);
    for (const [depth, parent] of parents.entries()) {
      if (open[depth] === parent && depth < open.length) continue;
      open = [...open.slice(0, depth), parent];
      const prefix = path.slice(0, depth + 1).join('.');
      const isOn = options.some((option) => set.has(option) && option.startsWith(`${prefix}.`));
      lines.push(`${isOn ? '' : '#'}${indent(depth)}${parent}:`);
    }
    open = parents;
    const value = set.get(name);
    const lead = value === undefined ? '#' : '';
    lines.push(...optionLines(name, parents.length, lead, value ?? off.get(name) ?? [suggestion(name)]));
  }
  return lines;
}

/** Options of one parent stand together, wherever they are in the table: in YAML a key may stand once. */
function togetherFrom(options: readonly OptionName[], depth: number): OptionName[] {
  const parents = Map.groupBy(options, (name) => name.split('.')[depth] ?? '');
  return [...parents.values()].flatMap((group) =>
    group.length === 1 ? group : togetherFrom(group, depth + 1),
  );
}

/** @param lead `#` where the option is off */
function optionLines(name: OptionName, depth: number, lead: string, value: readonly string[]): string[] {
  const key = name.split('.').at(-1) ?? name;
  const [only = '', ...more] = value;
  return [
    ...wrap(optionOf(name).prose, WIDTH - 2 * depth).map((line) => `${indent(depth)}# ${line}`),
    ...(more.length === 0
      ? [`${lead}${indent(depth)}${key}: ${only}`]
      : [`${lead}${indent(depth)}${key}:`, ...value.map((line) => nestedLine(line, depth + 1, lead))]),
  ];
}

/** Prose stays where it is; a line that is off begins with its `#`, whatever its depth. */
function nestedLine(line: string, depth: number, lead: string): string {
  if (/^# (?! )/.test(line)) return `${indent(depth)}${line}`;
  return line.startsWith('#') ? `#${indent(depth)}${line.slice(1)}` : `${lead}${indent(depth)}${line}`;
}

/** The default where there is one that says something, else the example. */
function suggestion(name: OptionName): string {
  const { kind, default: value, example } = optionOf(name);
  const written = kind.show(value);
  return yamlValue(name, written === '' ? kind.fromTexts([example]) : value);
}

/** The value of an option as it stands in YAML, on one line. */
export function yamlValue(name: OptionName, value: unknown): string {
  const { kind } = optionOf(name);
  if (typeof value === 'number' || typeof value === 'boolean') {
    const text = kind.show(value);
    // Durations and sizes have their unit, times their form; what is a number or a switch is itself.
    return text === String(value) ? text : plainOrQuoted(text);
  }
  if (typeof value === 'string') return plainOrQuoted(value);
  const written = kind.show(value);
  if (written.startsWith('{') || written.startsWith('[')) return written;
  return JSON.stringify(value);
}

const PLAIN = /^(?=.*[A-Za-z_])[A-Za-z0-9_/~.][A-Za-z0-9_./~-]*$/;
/** What YAML of any version takes for something else than text. */
const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null|~|\.inf|\.nan|0x[0-9a-f]+|0o[0-7]+|[\d.]+e\d+)$/i;

/** Text as a scalar of YAML: in quotes where it could be anything else. */
export function plainOrQuoted(text: string): string {
  return PLAIN.test(text) && !RESERVED.test(text) ? text : withoutSteering(JSON.stringify(text));
}

function indent(depth: number): string {
  return '  '.repeat(depth);
}
