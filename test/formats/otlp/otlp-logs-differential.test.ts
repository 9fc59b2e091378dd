// Goal: an export of logs means the same in protobuf and in every spelling of JSON [F21]. Method: random exports, with every kind of value,
// encoded by protobufjs with the official schema, and read back by it too.
import { deepStrictEqual } from 'node:assert/strict';
import { describe, expect, it } from 'vitest';
import { otlpLogsOf } from '../../../src/formats/otlp/otlp-logs-protobuf.ts';
import { logRecordsOf } from '../../../src/formats/otlp/otlp-logs.ts';
import type { Fields } from '../../../src/formats/fields.ts';
import { encodeLogs, logsByProtobufjs, snakeCased } from '../../conformance/otlp-encodings.ts';
import { Dice } from '../dice.ts';
import type { JsonObject } from '../format-context.ts';

const EXPORTS = Number(process.env['COUNTERFOIL_TEST_SCENARIOS'] ?? 2_000);
const NAMES = [
  'k8s.pod.name',
  'k8s.cluster.name',
  'cluster',
  'pod',
  'log.record.original',
  'log',
  '__proto__',
  '',
];
const TEXTS = [
  '',
  'a',
  ' ',
  '12:00:00: Notice x',
  '{"a":1}',
  '2026-03-10T14:00:03Z stdout F x',
  'é\u{1f600}',
];
const WHOLES = ['0', '-1', '9007199254740991', '9007199254740993', '-9223372036854775808'];
const DOUBLES = [0, 0.1, -1e300, 2 ** 53];
const TIMES = ['0', '1', '1773151203001000000', '1773151203001234567', '18446744073709551615'];

class RandomLogs {
  readonly #dice: Dice;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  export(): JsonObject {
    return {
      resourceLogs: this.#some(3, () => ({
        resource: { attributes: this.#attributes() },
        scopeLogs: this.#some(3, () => ({
          scope: { name: 's' },
          logRecords: this.#some(4, () => this.#record()),
        })),
      })),
    };
  }

  #record(): JsonObject {
    const parts: JsonObject = {
      timeUnixNano: this.#dice.pick(TIMES),
      observedTimeUnixNano: this.#dice.pick(TIMES),
      severityNumber: this.#dice.below(24),
      body: this.#any(4),
      attributes: this.#attributes(),
      traceId: this.#dice.text(32, '0123456789abcdef'),
      spanId: this.#dice.text(16, '0123456789abcdef'),
    };
    return Object.fromEntries(Object.entries(parts).filter(() => this.#dice.below(4) > 0));
  }

  #attributes(): JsonObject[] {
    return this.#some(4, () => ({ key: this.#dice.pick(NAMES), value: this.#any(2) }));
  }

  #any(levels: number): JsonObject {
    const dice = this.#dice;
    const kinds: (() => JsonObject)[] = [
      () => ({}),
      () => ({ stringValue: dice.pick(TEXTS) }),
      () => ({ boolValue: dice.below(2) === 0 }),
      () => ({ intValue: dice.pick(WHOLES) }),
      () => ({ doubleValue: dice.pick(DOUBLES) }),
      () => ({ bytesValue: Buffer.from(dice.pick(TEXTS)).toString('base64') }),
      () => ({ arrayValue: { values: this.#some(3, () => this.#any(levels - 1)) } }),
      () => ({
        kvlistValue: {
          values: this.#some(3, () => ({ key: dice.pick(NAMES), value: this.#any(levels - 1) })),
        },
      }),
    ];
    return dice.pick(levels === 0 ? kinds.slice(0, -2) : kinds)();
  }

  #some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.#dice.below(most + 1) }, make);
  }
}

/** All that is told of an export, with everything that may be a record. */
function toldOf(value: unknown): unknown {
  const records = value === null ? null : logRecordsOf(value as Fields);
  return records?.map((record) => (record === undefined ? null : { ...record, values: [...record.values] }));
}

describe('[F21] logs in protobuf and in JSON', () => {
  it(`mean the same in ${EXPORTS} random exports`, () => {
    const dice = new Dice(20_261_126);
    let values = 0;
    for (let i = 0; i < EXPORTS; i += 1) {
      const logs = new RandomLogs(dice).export();
      const payload = encodeLogs(logs);
      const expected = toldOf(logs);
      for (const each of [otlpLogsOf(payload), snakeCased(logs), logsByProtobufjs(payload)])
        deepStrictEqual(toldOf(each), expected);
      values += logRecordsOf(logs as Fields)?.flatMap((record) => [...(record?.values ?? [])]).length ?? 0;
    }
    expect(values).toBeGreaterThan(EXPORTS);
  });
});
