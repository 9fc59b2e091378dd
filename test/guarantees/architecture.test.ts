import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  importsOf,
  roomOf,
  violationsOf,
  withoutComments,
  type SourceFile,
} from '../../tools/architecture.ts';
import { ROOMS } from '../../tools/import-rules.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const sources: SourceFile[] = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => {
    const file = join(entry.parentPath, entry.name);
    return { path: relative(ROOT, file).split(sep).join('/'), text: readFileSync(file, 'utf8') };
  });

describe('the sources', () => {
  it('lie in known rooms, import what their room may import, and stay pure where they must', () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(violationsOf(sources)).toEqual([]);
  });

  it('have no import that the checker does not see', () => {
    for (const { path, text } of sources) {
      const code = withoutComments(text);
      const words = [
        ...code.matchAll(/^\s*import\b|\bimport\s*\(|^\s*(?:\}|export (?:type )?[*{].*) from '/gm),
      ];
      // The brace that ends an import of several lines says `} from` once more.
      const ends = [...code.matchAll(/^import (?:type )?\{\n[^}]*\n\} from '/gm)];
      expect(importsOf(code).length, `imports of ${path}`).toBe(words.length - ends.length);
    }
  });
});

describe('the checker', () => {
  const check = (path: string, text: string): string[] => violationsOf([{ path, text }]);

  it.each([
    ['an unknown folder', 'src/helpers/date.ts', 'export const a = 1;', 'lies in no room'],
    ['a file beside the rooms', 'src/index.ts', 'export const a = 1;', 'lies in no room'],
    ['a file beside the adapters', 'src/adapters/shared.ts', 'export const a = 1;', 'lies in no room'],
    [
      'model importing join',
      'src/model/link.ts',
      "import { a } from '../join/best-way.ts';",
      'model may not import join',
    ],
    [
      'a type of a forbidden room',
      'src/join/best-way.ts',
      "import type { A } from '../formats/falco.ts';",
      'may not import formats',
    ],
    [
      'a re-export',
      'src/ports/clock.ts',
      "export * from '../adapters/embedded/clock.ts';",
      'may not import adapters/embedded',
    ],
    [
      'adapters knowing each other',
      'src/adapters/file/a.ts',
      "import { b } from '../embedded/b.ts';",
      'may not import adapters/embedded',
    ],
    [
      'runtime knowing an adapter',
      'src/runtime/a.ts',
      "import { b } from '../adapters/file/b.ts';",
      'may not import adapters/file',
    ],
    [
      'a driver outside of its room',
      'src/cli/a.ts',
      "import { DatabaseSync } from 'node:sqlite';",
      'may not import node:sqlite',
    ],
    [
      'the web framework in the model',
      'src/model/a.ts',
      "import fastify from 'fastify';",
      'may not import fastify',
    ],
    [
      'a package that no room owns',
      'src/formats/otlp/otlp-protobuf.ts',
      "import p from 'protobufjs/light.js';",
      'may not import protobufjs',
    ],
    [
      'files in a pure room',
      'src/join/a.ts',
      "import { readFileSync } from 'node:fs';",
      'may not import node:fs',
    ],
    [
      'an import over several lines',
      'src/join/a.ts',
      "import {\n  a,\n  b,\n} from '../cli/main.ts';",
      'may not import cli',
    ],
    ['a dynamic import', 'src/join/a.ts', "const a = await import('../cli/main.ts');", 'may not import cli'],
    ['a computed import', 'src/cli/a.ts', 'const a = await import(name);', 'something computed'],
    ['an import for its effect', 'src/rules/a.ts', "import '../cli/main.ts';", 'may not import cli'],
    [
      'an import out of the sources',
      'src/cli/a.ts',
      "import { a } from '../../test/a.ts';",
      'lies in no room',
    ],
    ['an import without its ending', 'src/join/a.ts', "import { a } from './b';", 'does not end in .ts'],
    ['the clock in a pure room', 'src/impact/a.ts', 'const now = Date.now();', 'Date.now'],
    [
      'the clock by another name',
      'src/impact/a.ts',
      'const now = new Date();',
      'new Date() without an argument',
    ],
    ['chance in a pure room', 'src/rules/a.ts', 'const r = Math.random();', 'Math.random'],
    ['random ids in the model', 'src/model/ids.ts', 'const id = randomUUID();', 'random bytes'],
    ['the process in a pure room', 'src/join/a.ts', "const home = process.env['HOME'];", 'process'],
    ['the network in a pure room', 'src/formats/a.ts', "await fetch('x');", 'fetch'],
    ['a timer in a pure room', 'src/join/a.ts', 'setTimeout(run, 5);', 'a timer'],
    ['talk in a pure room', 'src/join/a.ts', "console.log('x');", 'console'],
  ])('catches %s', (_what, path, text, fault) => {
    expect(check(path, text).join('\n')).toContain(fault);
  });

  it('lets pass what is allowed', () => {
    expect(
      check('src/join/a.ts', "import type { Link } from '../model/link.ts';\nimport { b } from './b.ts';"),
    ).toEqual([]);
    expect(
      check('src/cli/a.ts', "import { b } from '../adapters/file/b.ts';\nimport { c } from 'node:util';"),
    ).toEqual([]);
    expect(
      check('src/model/a.ts', '/** No Date.now here. */\nconst a = new Date(5); // nor Math.random\n'),
    ).toEqual([]);
    expect(check('src/adapters/embedded/clock.ts', 'const now = Date.now();')).toEqual([]);
  });

  it('knows the room of a file', () => {
    expect(roomOf('src/adapters/file/deep/er.ts')).toBe('adapters/file');
    expect(roomOf('src/cli/verbs/demo.ts')).toBe('cli');
    expect(roomOf('test/a.ts')).toBeUndefined();
    expect(ROOMS['cli']?.imports).toContain('*');
  });
});
