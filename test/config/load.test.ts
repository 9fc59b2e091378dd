import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig, type ConfigSources, type LoadedConfig } from '../../src/config/load.ts';
import { OPTION_NAMES, variableOf, flagOf, optionOf } from '../../src/config/options.ts';
import { CounterfoilError, type Problem } from '../../src/model/errors.ts';

let dir = '';
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'counterfoil-config-'));
});
afterAll(() => rmSync(dir, { recursive: true }));

function load(yaml: string | null, over: Partial<ConfigSources> = {}): LoadedConfig {
  const file = yaml === null ? null : join(dir, 'c.yaml');
  if (file !== null) writeFileSync(file, yaml ?? '');
  return loadConfig({ file, env: {}, flags: {}, cwd: dir, home: '/home/ann', ...over });
}

function problemsOf(yaml: string | null, over: Partial<ConfigSources> = {}): Problem[] {
  try {
    load(yaml, over);
  } catch (error) {
    if (!(error instanceof CounterfoilError) || error.code !== 'CF_CONFIG') throw error;
    return error.problems.map(({ at, text }) => ({ at: at.replace(`${dir}/`, ''), text }));
  }
  return [];
}

describe('defaults', () => {
  test('stand where nothing is set', () => {
    const { config, layers, warnings } = load(null);
    expect(config['join.before']).toBe(60_000_000);
    expect(config['join.methods.node_interval']).toBeNull();
    expect(config['server.port']).toBe(8686);
    expect(config['data.dir']).toBe('/home/ann/.local/share/counterfoil');
    expect(new Set(Object.values(layers))).toEqual(new Set(['default']));
    expect(warnings).toEqual([]);
  });

  test('an empty file and empty sections set nothing', () => {
    expect(load('').config['join.after']).toBe(900_000_000);
    expect(load('join:\nevents:\n').config['join.after']).toBe(900_000_000);
  });

  test('every option has a name of its own as variable and flag, and an example that it takes', () => {
    expect(new Set(OPTION_NAMES.map(variableOf)).size).toBe(OPTION_NAMES.length);
    expect(new Set(OPTION_NAMES.map(flagOf)).size).toBe(OPTION_NAMES.length);
    for (const name of OPTION_NAMES) {
      expect(load(null, { flags: { [name]: [optionOf(name).example] } }).layers[name]).toBe('flag');
    }
  });
});

describe('layers', () => {
  const yaml = 'join:\n  before: 1s\n  after: 1m\n  skew: 1ms\n';

  test('flag over variable over file over default', () => {
    const { config, layers } = load(yaml, {
      env: { COUNTERFOIL_JOIN_AFTER: '2m', COUNTERFOIL_JOIN_SKEW: '2ms' },
      flags: { 'join.skew': ['3ms'] },
    });
    expect(config['join.before']).toBe(1_000_000);
    expect(config['join.after']).toBe(120_000_000);
    expect(config['join.skew']).toBe(3_000);
    expect([
      layers['join.before'],
      layers['join.after'],
      layers['join.skew'],
      layers['join.max_span'],
    ]).toEqual(['file', 'variable', 'flag', 'default']);
  });

  test('double underscores are single ones, empty variables are not set', () => {
    const { config } = load(yaml, { env: { COUNTERFOIL_JOIN__MAX_SPAN: '5s', COUNTERFOIL_JOIN_BEFORE: '' } });
    expect(config['join.max_span']).toBe(5_000_000);
    expect(config['join.before']).toBe(1_000_000);
  });

  test('names that the contract gives', () => {
    const { config } = load(null, { env: { COUNTERFOIL_DATA: '/srv/x', COUNTERFOIL_HTTP_PORT: '9' } });
    expect(config['data.dir']).toBe('/srv/x');
    expect(config['server.port']).toBe(9);
  });

  test('lists and maps from variables and flags', () => {
    const { config } = load(null, {
      env: { COUNTERFOIL_INPUTS_PAYMENTS_SERVICES: 'ledger, checkout' },
      flags: { 'impact.rates': ['USD/EUR=0.90', 'GBP/EUR=1.17'] },
    });
    expect(config['inputs.payments.services']).toEqual(['ledger', 'checkout']);
    expect(config['impact.rates']).toEqual({ 'USD/EUR': '0.90', 'GBP/EUR': '1.17' });
  });

  test('paths of the file are relative to it, others to the working directory', () => {
    expect(load('rules: {paths: [r, ~/q, /abs]}').config['rules.paths']).toEqual([
      join(dir, 'r'),
      '/home/ann/q',
      '/abs',
    ]);
    expect(load(null, { cwd: '/w', flags: { 'data.dir': ['d'] } }).config['data.dir']).toBe('/w/d');
  });

  test('a variable that is no option is a warning with the nearest name; those of a service are not', () => {
    const { warnings } = load(null, {
      env: {
        COUNTERFOIL_JOIN_BEFOR: '1s',
        COUNTERFOIL_SERVICE_HOST: '10.0.0.1',
        COUNTERFOIL_PORT_8686_TCP_ADDR: '10.0.0.1',
        COUNTERFOIL_REDACTION_KEY: 'not a value to show',
        COUNTERFOIL_REDACTION_KEY_FILE: '/run/secrets/redaction',
        COUNTERFOIL_KAFKA_PASSWORD: 'nor this',
        COUNTERFOIL_ELASTICSEARCH_API_KEY: 'nor this',
        OTHER: 'x',
      },
    });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('COUNTERFOIL_JOIN_BEFOR is no option');
    expect(warnings[0]).toContain('did you mean COUNTERFOIL_JOIN_BEFORE?');
  });

  test('switches take 1 and 0', () => {
    expect(load('events: {fold: 0}').config['events.fold']).toBe(false);
    expect(load('events: {fold: 1}').config['events.fold']).toBe(true);
    expect(load(null, { env: { COUNTERFOIL_EVENTS_FOLD: '0' } }).config['events.fold']).toBe(false);
  });
});

describe('faults', () => {
  test('all at once, each with line and column and what would be right', () => {
    const yaml = [
      '$schema: ../schemas/config.schema.json',
      'join:',
      '  befor: 60s',
      '  after: 60',
      '  skew: [2s]',
      '  max_payments_per_trace: 1.5',
      '  methods:',
      '    container_overlap: maybe',
      'impact:',
      '  min_p: 1.5',
      '  report_currency: EURO',
      '  rates: {USD/EUR: 0.9, EUR: "1"}',
      'server: {port: "8080"}',
      'before: 1m',
      'rules:',
      '  paths:',
      '    - ./r',
      '    - 7',
      'tenant: a b',
    ].join('\n');
    const problems = problemsOf(yaml);
    expect(problems.map((problem) => problem.at)).toEqual([
      'c.yaml:3:3',
      'c.yaml:4:10',
      'c.yaml:5:9',
      'c.yaml:6:27',
      'c.yaml:8:24',
      'c.yaml:10:10',
      'c.yaml:11:20',
      'c.yaml:12:11',
      'c.yaml:12:25',
      'c.yaml:13:16',
      'c.yaml:14:1',
      'c.yaml:18:7',
      'c.yaml:19:9',
    ]);
    expect(problems[0]?.text).toBe('option of join "befor" is not known; did you mean before?');
    expect(problems[1]?.text).toContain('such as 500ms, 60s, 15m or 1h30m');
    expect(problems[5]?.text).toContain('out of range: 0 to 1');
    expect(problems[7]?.text).toContain('must be in quotes');
    expect(problems[10]?.text).toContain('join.before is: {join: {before: …}}');
    expect(problems[11]?.text).toContain('rules.paths[1]');
  });

  test('duplicate keys', () => {
    expect(problemsOf('join:\n  before: 1s\n  before: 2s\n')).toEqual([
      { at: 'c.yaml:3:3', text: 'this key stands twice; keep one of them' },
    ]);
  });

  test('broken YAML gives its own place and nothing that only follows from it', () => {
    const problems = problemsOf('join: {before: 1s\nnonsense');
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) expect(problem.text).toMatch(/YAML|tab/);
  });

  test('a scalar where a section should be, a dotted key, a value that is missing', () => {
    expect(problemsOf('join: 5')[0]).toMatchObject({ at: 'c.yaml:1:7' });
    expect(problemsOf('- a')[0]?.text).toContain('the file must be a map');
    expect(problemsOf('join.before: 1s')[0]?.text).toContain('must be nested: {join: {before: …}}');
    expect(problemsOf('join:\n  before:\n')[0]?.text).toContain('has no value');
  });

  test('of variables and flags, beside those of the file', () => {
    const problems = problemsOf('join: {after: x}', {
      env: { COUNTERFOIL_JOIN_BEFORE: 'soon' },
      flags: { 'server.port': ['99999'] },
    });
    expect(problems.map((problem) => problem.at)).toEqual([
      'c.yaml:1:15',
      'COUNTERFOIL_JOIN_BEFORE',
      '--http-port',
    ]);
  });

  test('a file that is not there, a folder', () => {
    const missing = problemsOf(null, { file: join(dir, 'none.yaml') });
    expect(missing).toEqual([{ at: 'none.yaml', text: 'there is no such file' }]);
    expect(problemsOf(null, { file: dir })[0]?.text).toContain('folder');
  });

  test('aliases that explode, nesting without end, and odd keys are faults, not crashes', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nrules: {paths: [*c,*c,*c]}\n`;
    expect(problemsOf(bomb).length).toBeGreaterThan(0);
    expect(problemsOf('['.repeat(20_000)).length).toBeGreaterThan(0);
    expect(problemsOf('? [a, b]\n: 1\n').length).toBe(1);
    expect(problemsOf('__proto__: {polluted: 1}\n')[0]?.text).toContain('not known');
    expect(problemsOf('constructor: 1')[0]?.text).toContain('not known');
  });

  test('long values are not repeated in full', () => {
    const [problem] = problemsOf(`tenant: "${'x y'.repeat(500)}"`);
    expect(problem?.text.length).toBeLessThan(200);
  });
});
