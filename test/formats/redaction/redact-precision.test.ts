/** What is no card number must stay: a redacted trace id or pod name joins nothing. */
import { expect, test } from 'vitest';
import { createRedactor } from '../../../src/formats/redaction/redact.ts';
import { Dice } from '../dice.ts';
import { harmlessValues, lookalikes } from '../harmless-values.ts';

const EACH = 12_000;
const SEED = 20_260_310;
const redactor = createRedactor(() => new Uint8Array(32));

function redactedOf(make: () => string | number): (string | number)[] {
  return Array.from({ length: EACH }, make).filter((value) => redactor.json(value) !== value);
}

test(`[C3] nothing is redacted where there is nothing, in ${EACH} values of each kind`, () => {
  const wrong: string[] = [];
  let values = 0;
  for (const [kind, make] of Object.entries(harmlessValues(new Dice(SEED)))) {
    const seen = redactedOf(make);
    values += EACH;
    if (seen.length > 0) wrong.push(`${kind}: ${seen.length} of ${EACH}, such as ${seen[0]}`);
    // A kind may not hide behind the others: at most one in a thousand of it.
    expect(seen.length, wrong.at(-1)).toBeLessThan(EACH / 1000);
  }
  const count = wrong.reduce((sum, line) => sum + Number(/: (\d+) of/.exec(line)?.[1]), 0);
  process.stdout.write(
    `false positives: ${count} of ${values} values (${(count / values).toExponential(1)})\n${wrong.join('\n')}\n`,
  );
  expect(values).toBeGreaterThan(100_000);
  expect(count / values).toBeLessThan(1e-4);
});

test('[C3] of numbers that look alike, at most one in five is taken for a card number', () => {
  for (const [kind, make] of Object.entries(lookalikes(new Dice(SEED))))
    expect(redactedOf(make).length, kind).toBeLessThan(EACH / 5);
});
