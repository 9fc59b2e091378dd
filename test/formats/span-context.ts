/** What the span decoders need, for tests: the real attribute table, and a redactor that masks one card number. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { SpanContext } from '../../src/formats/otlp/span-context.ts';
import { parseAttributeTable, type AttributeTable } from '../../src/formats/otlp/transaction-attributes.ts';

export const CARD = '4111111111111111';

export function realAttributes(): AttributeTable {
  const file = 'data/attributes.yaml';
  return parseAttributeTable(parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')), file);
}

export function spanContext(differences: Partial<SpanContext> = {}): SpanContext {
  return {
    cluster: null,
    provenance: 'platform',
    attributes: realAttributes(),
    redactor: {
      text: (text) => text.replaceAll(CARD, '[card]'),
      idValue: (text) => (text === CARD ? 'tok_card' : text),
    },
    ...differences,
  };
}
