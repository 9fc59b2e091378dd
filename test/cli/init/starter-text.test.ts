// Goal: what the starter offers is right when it is taken. Method: every line that is off is turned on, and the file is loaded.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../../src/config/load.ts';
import { OPTION_NAMES, optionOf } from '../../../src/config/options.ts';
import { plainOrQuoted, starterText } from '../../../src/cli/texts/starter-text.ts';

const dir = mkdtempSync(join(tmpdir(), 'counterfoil-starter-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const NOTHING = new Map<never, never>();
const load = (text: string) => {
  const file = join(dir, 'c.yaml');
  writeFileSync(file, text);
  return loadConfig({ file, env: {}, flags: {}, cwd: dir, home: '/home/ann' });
};

test('[Z1] every option, turned on as its line says, is its default or its example', () => {
  const text = starterText({ names: OPTION_NAMES, set: NOTHING, off: NOTHING, head: ['Head.'] });
  expect(Object.values(load(text).layers).every((layer) => layer === 'default')).toBe(true);
  const { config, layers } = load(
    text.replaceAll(/^#(?=(?: {2})*\S)(?! )/gm, '').replaceAll(/^#(?=(?: {2})+\S)/gm, ''),
  );
  for (const name of OPTION_NAMES) {
    const { default: value, example, kind } = optionOf(name);
    expect([name, layers[name]]).toEqual([name, 'file']);
    const isNothing = kind.show(value) === '';
    if (name.endsWith('_file') || name === 'data.dir' || name === 'rules.paths') continue;
    expect([name, config[name]]).toEqual([name, isNothing ? kind.fromTexts([example]) : value]);
    expect(text.replaceAll(/\s+#?\s*/g, ' ')).toContain(
      optionOf(name).prose.split(' ').slice(0, 6).join(' '),
    );
  }
});

test('[Z1] any text comes back from YAML as it was', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom(
          'null',
          'NO',
          '1e3',
          '0x1f',
          '~',
          '-',
          '3',
          '.5',
          'a: b',
          'a #b',
          '#',
          '/a/b',
          '2026-03-10',
          '\u202e',
          '\u0085',
          '__proto__',
          '<<',
          '=',
          'a\tb',
        ),
      ),
      (text) => {
        expect(parse(`a: ${plainOrQuoted(text)}  # said`, { version: '1.2' })).toEqual({ a: text });
        expect(parse(`${plainOrQuoted(text)}: 1`, { version: '1.1' })).toEqual({ [text]: 1 });
      },
    ),
    { numRuns: 500 },
  );
});
