/** Help texts, examples first, from the tables of verbs and flags. */
import { flagOf, optionOf } from '../config/options.ts';
import { flagsOf, type Flag, type VerbSpec } from './arguments.ts';

/** Wide enough for flags, narrow enough for any terminal. */
const WIDTH = 96;

/** `counterfoil VERB --help`. */
export function verbHelp(spec: VerbSpec): string {
  const examples = spec.examples.flatMap(({ command, does }) => [`  # ${does}`, `  ${command}`, '']);
  const flags = flagsOf(spec).map((flag) => [
    flagTitle(flag),
    flag.help + (flag.many === true ? ' May be repeated.' : ''),
  ]);
  const options = spec.options.map((name) => [`--${flagOf(name)} VALUE`, optionOf(name).prose]);
  return [
    `${spec.name}: ${spec.summary}`,
    '',
    'Examples',
    ...examples,
    'Usage',
    `  ${spec.usage}`,
    '',
    'Flags',
    ...twoColumns(flags),
    ...(options.length === 0 ? [] : ['', 'Options of the configuration, most used', ...twoColumns(options)]),
    ...(spec.configured
      ? ['', 'Every option of the configuration is a flag; all of them: docs/reference/configuration.md']
      : []),
    ...(spec.notes.length === 0 ? [] : ['', ...spec.notes]),
    '',
  ].join('\n');
}

function flagTitle(flag: Flag): string {
  const short = flag.short === undefined ? '' : `-${flag.short}, `;
  return `${short}--${flag.name}${flag.value === undefined ? '' : ` ${flag.value}`}`;
}

/** Rows of name and text, the text wrapped and aligned. */
export function twoColumns(rows: readonly (readonly string[])[]): string[] {
  const left = Math.min(34, Math.max(...rows.map(([name]) => (name ?? '').length)));
  return rows.flatMap(([name = '', text = '']) => {
    const lines = wrap(text, WIDTH - left - 4);
    const first = name.length > left ? [`  ${name}`] : [];
    const hanging = lines.map((line, index) => {
      const head = index === 0 && first.length === 0 ? name : '';
      return `  ${head.padEnd(left)}  ${line}`.trimEnd();
    });
    return [...first, ...hanging];
  });
}

/** Text in lines of at most `width` characters, broken at blanks. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
