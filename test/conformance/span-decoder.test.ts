import { decodeOtlpJson } from '../../src/formats/otlp/otlp-json.ts';
import { createProtobufSpanDecoder } from '../../src/formats/otlp/otlp-protobuf.ts';
import { encodeProtobuf, JSON_SPELLINGS } from './otlp-encodings.ts';
import { spanDecoderSuite } from './span-decoder.suite.ts';

spanDecoderSuite('protobuf', (context) => {
  const decoder = createProtobufSpanDecoder(context);
  return (traces) => decoder.decode(encodeProtobuf(traces));
});

for (const [spelling, spell] of Object.entries(JSON_SPELLINGS)) {
  spanDecoderSuite(`JSON, ${spelling}`, (context) => {
    return (traces) => decodeOtlpJson(JSON.parse(JSON.stringify(spell(traces))), context);
  });
}
