/**
 * How often redaction takes something harmless for a card number or a secret: values of each kind at random, and how many of them come out
 * changed. The dice have a fixed seed, so that the page is the same on every machine.
 *
 *   node bench/redaction.ts            prints the table
 *   node bench/redaction.ts --write    writes docs/reference/redaction-precision.md too
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRedactor } from '../src/formats/redaction/redact.ts';
import { Dice } from '../test/formats/dice.ts';
import { harmlessValues, lookalikes } from '../test/formats/harmless-values.ts';
import { ROOT } from './measure.ts';

const EACH = 1_000_000;
const SEED = 20_260_310;

const redactor = createRedactor(() => new Uint8Array(32));

/** Rows of a table: kind, an example, how many of a million are changed. */
function rows(kinds: Readonly<Record<string, () => string | number>>): string {
  return Object.entries(kinds)
    .map(([kind, make]) => {
      process.stderr.write(`${kind}\n`);
      let changed = 0;
      let example: string | number = '';
      for (let i = 0; i < EACH; i += 1) {
        const value = make();
        if (i === 0) example = value;
        if (redactor.json(value) !== value) changed += 1;
      }
      return `| ${kind} | \`${example}\` | ${changed.toLocaleString('en')} |`;
    })
    .join('\n');
}

const HEAD = '| kind | such as | redacted, of a million |\n| --- | --- | ---: |';

function page(): string {
  return `# What redaction takes for a secret and is none

<!-- Written by \`node bench/redaction.ts --write\`; do not edit. -->

A million values of each kind, made at random from a fixed seed. Ids of traces, spans and pods that are redacted join nothing, so this is
what finding card numbers costs. Where there are any, they are numbers of 13 to 19 digits, alone or in groups, that begin as an issuer's do and
pass Luhn: nothing else tells them from card numbers. SPEC C3 bounds them.

${HEAD}
${rows(harmlessValues(new Dice(SEED)))}

## What looks like a card number

No join needs these, and they are not spared: whatever rule would spare them would let card numbers pass.

${HEAD}
${rows(lookalikes(new Dice(SEED)))}
`;
}

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const text = page();
process.stdout.write(text);
if (values.write) writeFileSync(join(ROOT, 'docs/reference/redaction-precision.md'), text);
