/**
 * Puts what `npm run demo -- --once` prints into README.md, between its two marks. The output is the same on every
 * machine, so that `--check` can fail when the README tells something else than the program does.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generate } from './generated-file.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MARKS = /(<!-- demo output: begin[^>]*-->\n)[\s\S]*?(<!-- demo output: end -->)/;

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
if (!MARKS.test(readme)) throw new Error('README.md has no marks for the output of the demo');
const output = execFileSync(process.execPath, ['src/cli/main.ts', 'demo', '--once'], {
  cwd: ROOT,
  encoding: 'utf8',
  env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
});
const block = `\`\`\`\n${output.trimEnd()}\n\`\`\`\n`;
generate({ 'README.md': readme.replace(MARKS, (_, begin: string, end: string) => `${begin}${block}${end}`) });
