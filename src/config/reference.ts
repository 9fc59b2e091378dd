/** The reference page of the configuration, from the table of options. */
import { defaultTextOf, flagOf, OPTION_NAMES, optionOf, variableOf, type OptionName } from './options.ts';

const HEAD = `# Configuration

<!-- Written by tools/generate-config.ts from src/config/options.ts; change it there. -->

Four layers, the later wins, option by option: defaults, the YAML file (\`-c FILE\`), \`COUNTERFOIL_*\` variables, flags.

- In the file, each dot of a name is a level: \`join.before\` is \`join: {before: 60s}\`. The first line
  \`# yaml-language-server: $schema=…/schemas/config.schema.json\` gives completion in editors.
- A variable is \`COUNTERFOIL_\` and the name in capitals with \`_\` for each dot (\`__\` is taken for \`_\`); the exceptions are in the
  table. An empty variable is not set. A variable that is no option gives a warning.
- A flag is the name with \`-\` for each dot and underscore.
- Lists and maps in variables and flags are separated by commas; a flag may also be given again.
- Durations have units: \`d h m s ms us\`, as in \`1h30m\`. Sizes: \`KiB MiB GiB TiB\` or \`KB MB GB TB\`. Switches are \`true\` or \`false\`, or 1 and 0.
- Paths in the file are relative to it; in variables and flags, to the working directory. \`~/\` is the home folder.

\`counterfoil validate -c FILE\` shows every fault of a file at once, each with line and column.

Secrets are no options, because they must not stand in a file beside them. \`COUNTERFOIL_REDACTION_KEY\` (at least 32 characters), with
which card numbers in id fields become tokens; \`COUNTERFOIL_REDACTION_KEY_FILE\` names a file that holds it, as containers are given secrets. Without either a key is made once and kept in the data folder, readable by its owner only;
workers that share payments must share it. Passwords of servers come from the files that options name, or from \`COUNTERFOIL_KAFKA_PASSWORD\`,
\`COUNTERFOIL_REDIS_PASSWORD\`, \`COUNTERFOIL_ELASTICSEARCH_PASSWORD\` and \`COUNTERFOIL_ELASTICSEARCH_API_KEY\`.
`;

/** The page as Markdown. */
export function configReference(): string {
  const sections = new Map<string, OptionName[]>();
  for (const name of OPTION_NAMES) {
    const title = name.includes('.') ? (name.split('.')[0] ?? '') : 'general';
    sections.set(title, [...(sections.get(title) ?? []), name]);
  }
  const pages = [...sections].map(([title, names]) => sectionText(title, names));
  return `${HEAD}\n${pages.join('\n')}`;
}

function sectionText(title: string, names: readonly OptionName[]): string {
  return `## ${title}\n\n${names.map((name) => optionText(name)).join('\n')}`;
}

function optionText(name: OptionName): string {
  const { kind, prose, example } = optionOf(name);
  const fallback = defaultTextOf(name);
  return [
    `### \`${name}\``,
    '',
    prose,
    '',
    '| type | default | example | variable | flag |',
    '|---|---|---|---|---|',
    `| ${[kind.name.replaceAll('|', '\\|'), fallback === '' ? 'none' : code(fallback), code(example), code(variableOf(name)), code(`--${flagOf(name)}`)].join(' | ')} |`,
    '',
  ].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
