import { describe, expect, test } from 'vitest';
import { parseArguments, type VerbSpec } from '../../src/cli/arguments.ts';
import { failureOf } from '../../src/cli/failure.ts';
import { CounterfoilError } from '../../src/model/errors.ts';

const SPEC: VerbSpec = {
  name: 'correlate',
  summary: '',
  usage: '',
  examples: [],
  flags: [
    { name: 'audit', value: 'FILE', many: true, help: '' },
    { name: 'output', short: 'o', value: 'FORM', help: '' },
    { name: 'incidents', help: '' },
  ],
  configured: true,
  options: [],
  positionals: { name: 'ID', min: 0, max: 1 },
  notes: [],
};

function faultOf(argv: string[], over: Partial<VerbSpec> = {}): string {
  try {
    parseArguments({ ...SPEC, ...over }, argv);
  } catch (error) {
    const { text, exit } = failureOf(error);
    return exit === 2 ? text : `exit ${exit}`;
  }
  return '';
}

test('repeated flags, short ones, inline values, options of the configuration, a dash alone', () => {
  const args = parseArguments(SPEC, [
    '--audit',
    'a',
    'id',
    '--audit=-',
    '-o',
    'json',
    '--join-before=1s',
    '--incidents',
  ]);
  expect(args.all('audit')).toEqual(['a', '-']);
  expect(args.text('output')).toBe('json');
  expect(args.on('incidents')).toBe(true);
  expect(args.positionals).toEqual(['id']);
  expect(args.options).toEqual({ 'join.before': ['1s'] });
  expect(parseArguments(SPEC, ['--audit', '-']).all('audit')).toEqual(['-']);
});

describe('refused, with what to do', () => {
  test.each([
    [['--audti', 'x'], 'the flag --audti is not known; did you mean --audit?'],
    [['--join-befor', 'x'], 'did you mean --join-before?'],
    [['--data-dir', 'x'], 'the flag --data-dir is not known; that of data.dir is --data'],
    [['-x'], 'the flag -x is not known'],
    [['--audit'], '--audit needs a value'],
    [['--audit='], '--audit needs a value'],
    [['--audit', '--incidents'], '--audit needs a value; --incidents looks like a flag'],
    [['--incidents=yes'], '--incidents takes no value'],
    [['-o', 'json', '-o', 'csv'], '--output is given twice'],
    [['a', 'b'], '"b" is one ID too many'],
    [['--constructor', 'x'], 'the flag --constructor is not known'],
  ])('%j', (argv, message) => {
    expect(faultOf(argv)).toContain(message);
    expect(faultOf(argv)).toContain('See: counterfoil correlate --help [CF_USAGE]');
  });

  test('a positional that is missing, and help that needs none', () => {
    const positionals = { name: 'FILE', min: 1, max: 2 };
    expect(faultOf([], { positionals })).toContain('FILE is missing');
    expect(faultOf(['--help'], { positionals })).toBe('');
  });
});

describe('what is said of an error', () => {
  test('each problem with its place, and only so many', () => {
    const problems = Array.from({ length: 250 }, (_, index) => ({ at: `c.yaml:${index}:1`, text: 'wrong' }));
    const { text, exit } = failureOf(
      new CounterfoilError('CF_CONFIG', 'The configuration is wrong.', problems),
    );
    expect(exit).toBe(3);
    expect(text).toContain('counterfoil: The configuration is wrong. [CF_CONFIG]\n  c.yaml:0:1: wrong\n');
    expect(text).toContain('and 50 more');
  });

  test('an unknown error never quotes an input', () => {
    let error: unknown;
    try {
      JSON.parse('{"card": 4111111111111111 oops');
    } catch (thrown) {
      error = thrown;
    }
    const { text, exit } = failureOf(error);
    expect(exit).toBe(1);
    expect(text).toContain('SyntaxError');
    expect(text).not.toContain('4111');
    expect(failureOf('a text').exit).toBe(1);
  });
});
