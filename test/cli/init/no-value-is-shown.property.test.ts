// Goal: whatever the records hold, a proposal shows no card number and no value that is no short word. Method: random records with card numbers and
// private text as values, as names of fields and as states, in any of their spellings; the text of the proposal is searched.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { mappingLines } from '../../../src/cli/texts/mapping-text.ts';
import { missingLinesOf } from '../../../src/cli/texts/init-text.ts';
import { starterText } from '../../../src/cli/texts/starter-text.ts';
import { paymentMapping } from '../../../src/config/payment-mapping.ts';
import { mappingOf } from '../../../src/formats/payments/mapping-proposal/proposal.ts';
import type { Fields } from '../../../src/formats/fields.ts';
import { proposed } from '../../formats/payments/mapping-proposal/proposed.ts';

const CARDS = [
  '4111111111111111',
  '4111 1111 1111 1111',
  '4111-1111-1111-1111',
  '5500000000000004',
  '340000000000009',
];
const PRIVATE = 'Ann Other, 5 Main Street, who lives here since May';

const value = fc.oneof(
  fc.constantFrom<Fields[string][]>(
    ...CARDS,
    PRIVATE,
    4_111_111_111_111_111,
    'EUR',
    'settled',
    'BOOKED',
    'x: y',
    'p-1',
    '2026-03-10T14:00:02Z',
  ),
  fc.integer({ min: 1_773_151_202_000, max: 1_773_161_202_000 }),
  fc.string({ maxLength: 12 }),
);
const name = fc.oneof(
  fc.constantFrom(
    'payment_id',
    'id',
    'status',
    'type',
    'time',
    'updated_at',
    'amount',
    'currency',
    'method',
    'settlement_date',
    'a: #b',
    '<<',
  ),
  fc.constantFrom(...CARDS, ...CARDS.map((card) => `status ${card}`), ...CARDS.map((card) => `${card}/id`)),
);
const record = fc.dictionary(name, fc.oneof(value, fc.dictionary(name, value, { maxKeys: 3 })), {
  maxKeys: 8,
}) as fc.Arbitrary<Fields>;

test('[Z3] no card number and no private text is in what is said, and the lines are the mapping', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), (records) => {
      const proposal = proposed(records);
      const lines = mappingLines(proposal);
      const text = [...lines, ...missingLinesOf(proposal)].join('\n');
      for (const secret of ['4111', '550000', '340000', PRIVATE]) expect(text).not.toContain(secret);
      const mapping = mappingOf(proposal);
      const place = mapping === null ? 'off' : 'set';
      const content = {
        names: [],
        set: new Map(),
        off: new Map(),
        head: [],
        [place]: new Map([['payments.mapping', lines]]),
      };
      const written = parse(starterText(content)) as { payments: { mapping: unknown } } | null;
      const read = written === null ? null : paymentMapping.fromValue(written.payments.mapping);
      expect(read).toEqual(mapping);
    }),
    { numRuns: 300 },
  );
});
