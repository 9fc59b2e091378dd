/** `keys`: makes, lists and revokes the API keys that listeners ask for. */
import { resolve } from 'node:path';
import { changeKeyFile, readKeyFile } from '../../adapters/embedded/key-file.ts';
import { hashOfKey, newKey } from '../../adapters/embedded/key-text.ts';
import { didYouMean } from '../../config/suggest.ts';
import { isScope, SCOPES, type AccessKey, type Scope } from '../../model/access.ts';
import { CounterfoilError } from '../../model/errors.ts';
import { formatInstant } from '../../model/instant.ts';
import { usage, type Arguments, type VerbSpec } from '../arguments.ts';
import { keysFileOf } from '../doorways.ts';
import { OUTPUT_FLAG, outputForm, printDocuments, type RowForm } from '../output.ts';
import { settingsOf } from '../settings.ts';
import type { Io } from '../terminal.ts';
import type { Verb } from '../verb.ts';

const ACTIONS = ['add', 'list', 'revoke'];
/** What can be printed anywhere. */
const NAME = /^[\w][\w .@:/-]{0,62}$/;

const spec: VerbSpec = {
  name: 'keys',
  summary: 'makes, lists and revokes API keys',
  usage: 'counterfoil keys add --name NAME --scope SCOPE[,…] | list | revoke ID',
  examples: [
    {
      command: 'counterfoil keys add --name collector --scope intake',
      does: 'a key that may send records; it is printed once, and kept nowhere',
    },
    { command: 'counterfoil keys add --name dashboard --scope read,write', does: 'one for people' },
    {
      command: 'counterfoil keys revoke 3kTz81Qa',
      does: 'refused from a second later on, without a restart',
    },
  ],
  flags: [
    { name: 'name', value: 'NAME', help: 'What the key is for; letters, digits, blanks and _.@:/- (add).' },
    {
      name: 'scope',
      value: 'SCOPE',
      many: true,
      help: 'intake: send records; read: documents and metrics; write: what changes something (add).',
    },
    {
      name: 'file',
      value: 'FILE',
      help: 'The file of keys; default: auth.keys_file, else api-keys.json in the data folder.',
    },
    OUTPUT_FLAG,
  ],
  configured: true,
  options: ['data.dir', 'auth.keys_file'],
  positionals: { name: 'add, list or revoke', min: 1, max: 2 },
  notes: [
    'The file holds a hash of each key, no key. Once it is there, every listener that uses it asks for a key.',
    'Clients send it as a header: Authorization: Bearer cfk_…',
    'Exit status: 0 done, 1 no key has this ID, 3 the file cannot be read or written.',
  ],
};

export const verb: Verb = {
  spec,
  async run(args, io) {
    const [action = '', id] = args.positionals;
    if (!ACTIONS.includes(action))
      throw usage(spec, `"${action}" is none of ${ACTIONS.join(', ')}${didYouMean(action, ACTIONS)}`);
    if (action === 'revoke' && id === undefined) throw usage(spec, 'the ID of the key is missing');
    if (action !== 'revoke' && id !== undefined) throw usage(spec, `"${id}" is not expected`);
    const file = fileOf(args, io);
    if (action === 'add') await add(file, args, io);
    else if (action === 'revoke') revoke(file, id ?? '', io);
    else await list(file, args, io);
    return 0;
  },
};

function fileOf(args: Arguments, io: Io): string {
  const { config } = settingsOf(args, io);
  const given = args.text('file');
  return given === undefined ? keysFileOf(config) : resolve(io.cwd, given);
}

async function add(file: string, args: Arguments, io: Io): Promise<void> {
  const name = args.text('name') ?? '';
  if (name === '') throw usage(spec, '--name is missing: say what the key is for');
  if (!NAME.test(name))
    throw usage(spec, '--name is not a name of letters, digits, blanks and _.@:/-, at most 63');
  const scopes = scopesOf(args);
  const { id, key } = newKey();
  const created = formatInstant(io.clock.now());
  changeKeyFile(file, (keys) => [...keys, { id, name, scopes, created, sha256: hashOfKey(key) }]);
  await io.stdout.write(`${key}\n`);
  io.stderr.say(
    `The key ${id} (${name}: ${scopes.join(', ')}) is in ${file} as a hash. It is not shown again.\n`,
  );
}

function scopesOf(args: Arguments): Scope[] {
  const asked = args
    .all('scope')
    .flatMap((text) => text.split(','))
    .map((text) => text.trim());
  if (asked.length === 0) throw usage(spec, `--scope is missing: one or more of ${SCOPES.join(', ')}`);
  const unknown = asked.find((text) => !isScope(text));
  if (unknown !== undefined)
    throw usage(spec, `--scope ${unknown} is none of ${SCOPES.join(', ')}${didYouMean(unknown, SCOPES)}`);
  return SCOPES.filter((scope) => asked.includes(scope));
}

function revoke(file: string, id: string, io: Io): void {
  if (readKeyFile(file) === null) throw noFile(file);
  let revoked: AccessKey | undefined;
  changeKeyFile(file, (keys) => {
    revoked = keys.find((key) => key.id === id);
    if (revoked === undefined)
      throw new CounterfoilError('CF_NOT_FOUND', `No key in ${file} has this ID. See: counterfoil keys list`);
    return keys.filter((key) => key.id !== id);
  });
  io.stderr.say(`The key ${id} (${revoked?.name ?? ''}) is revoked.\n`);
}

const ROWS: RowForm = {
  columns: [
    { title: 'id', of: 'id' },
    { title: 'name', of: 'name' },
    { title: 'scopes', of: (key) => (key as AccessKey).scopes.join(', ') },
    { title: 'created', of: 'created' },
  ],
  fields: ['id', 'name', 'scopes', 'created'],
};

async function list(file: string, args: Arguments, io: Io): Promise<void> {
  const form = outputForm(spec, args, 'table', 'json', io.stdout);
  const keys = readKeyFile(file);
  if (keys === null) throw noFile(file);
  const shown = keys.map(({ id, name, scopes, created }) => ({ id, name, scopes, created }));
  await printDocuments(shown, form, ROWS, io.stdout);
}

function noFile(file: string): CounterfoilError {
  return new CounterfoilError('CF_KEY_FILE', `There is no ${file}. Make a key with: counterfoil keys add`);
}
