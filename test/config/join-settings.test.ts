import { expect, test } from 'vitest';
import { readDataText } from '../../src/config/data-files.ts';
import { joinSettings } from '../../src/config/join-settings.ts';
import { loadConfig } from '../../src/config/load.ts';
import { parseMethodsFile } from '../../src/config/methods-file.ts';
import { CounterfoilError } from '../../src/model/errors.ts';
import { METHODS } from '../../src/model/link.ts';

const { file, text } = readDataText('methods.yaml');

function faultsOf(changed: string): string[] {
  try {
    parseMethodsFile(changed, 'm.yaml');
  } catch (error) {
    if (!(error instanceof CounterfoilError) || error.code !== 'CF_DATA_FILE') throw error;
    return error.problems.map((problem) => `${problem.at} ${problem.text}`);
  }
  return [];
}

test('data/methods.yaml holds the table of the design', () => {
  const { methods, ...figures } = parseMethodsFile(text, file);
  expect(figures).toEqual({
    halfLife: 1_800_000_000,
    orderFactor: 0.8,
    selfReportedCap: 0.6,
    escapeBase: 0.5,
  });
  expect(METHODS.map((method) => [method, methods[method].base, methods[method].decays])).toEqual([
    ['trace_exact', 0.98, false],
    ['container_overlap', 0.9, false],
    ['container_interval', 0.7, true],
    ['pod_interval', 0.6, true],
    ['payment_pod', 0.6, true],
    ['identity_interval', 0.35, true],
    ['network_interval', 0.3, true],
    ['workload_interval', 0.25, true],
    ['service_interval', 0.2, true],
    ['node_interval', 0.05, true],
  ]);
  expect(METHODS.filter((method) => !methods[method].enabled)).toEqual(['node_interval']);
});

test('switches of the configuration win over the file; what is not set follows it', () => {
  const flags = {
    'join.methods.node_interval': ['1'],
    'join.methods.pod_interval': ['0'],
    'join.skew': ['0'],
  };
  const { config } = loadConfig({ file: null, env: {}, flags, cwd: '/', home: '/' });
  const settings = joinSettings(config, parseMethodsFile(text, file));
  expect(settings.methods.node_interval.enabled).toBe(true);
  expect(settings.methods.pod_interval).toEqual({ base: 0.6, decays: true, enabled: false });
  expect(settings.methods.container_overlap.enabled).toBe(true);
  expect(settings.skew).toBe(0);
  expect(settings.before).toBe(60_000_000);
  expect(settings.sessionCap).toBe(8 * 3_600_000_000);
});

test('a methods file with faults is refused with all of them', () => {
  const faults = faultsOf(
    text
      .replace('base: 0.98', 'base: 1.98')
      .replace('  order_factor:', '  order_facto:')
      .replace('value: 30m', 'value: 0s')
      .replace('  node_interval:', '  node_intervl:'),
  );
  expect(faults.some((fault) => fault.includes('trace_exact.base must be a number from 0 to 1'))).toBe(true);
  expect(faults.some((fault) => fault.includes('half_life.value must be a duration'))).toBe(true);
  expect(faults.some((fault) => fault.includes('did you mean node_interval?'))).toBe(true);
  expect(faults.some((fault) => fault.includes('node_interval is missing'))).toBe(true);
  for (const fault of faults) expect(fault).toMatch(/^m\.yaml:\d+:\d+ /);
});

test('every figure needs a basis and a source', () => {
  expect(faultsOf(text.replaceAll('basis: assumption', 'basis: guess')).length).toBe(METHODS.length + 4);
});
