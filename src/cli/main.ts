/** Entry of the command line: finds the verb, runs it, turns whatever goes wrong into a message and an exit status. */
import { homedir } from 'node:os';
import { systemClock } from '../adapters/embedded/clock.ts';
import { parseArguments } from './arguments.ts';
import { failureOf } from './failure.ts';
import { verbHelp } from './help.ts';
import { Out, type Io } from './terminal.ts';
import { findVerb, overview } from './verb-table.ts';
import { version } from './version.ts';

async function main(argv: readonly string[], io: Io): Promise<number> {
  const [name = '', ...rest] = argv;
  if (name === '') {
    await io.stderr.write(overview());
    return 2;
  }
  const topic = name === 'help' ? rest[0] : undefined;
  if (['--help', '-h', 'help'].includes(name) && topic === undefined) {
    await io.stdout.write(overview());
    return 0;
  }
  if (['--version', '-V', 'version'].includes(name)) {
    await io.stdout.write(`${version()}\n`);
    return 0;
  }
  const verb = await findVerb(topic ?? name);
  const args = topic === undefined ? parseArguments(verb.spec, rest) : undefined;
  if (args === undefined || args.on('help')) {
    await io.stdout.write(verbHelp(verb.spec));
    return 0;
  }
  return verb.run(args, io);
}

const io: Io = {
  stdout: new Out(process.stdout, process.env),
  stderr: new Out(process.stderr, process.env),
  env: process.env,
  cwd: process.cwd(),
  home: homedir(),
  clock: systemClock,
};

try {
  process.exitCode = await main(process.argv.slice(2), io);
} catch (error) {
  const failure = failureOf(error);
  io.stderr.say(failure.text);
  process.exitCode = failure.exit;
}
