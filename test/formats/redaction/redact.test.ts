import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeFalco } from '../../../src/formats/security/falco.ts';
import { decodeKubernetesAudit } from '../../../src/formats/security/kubernetes-audit.ts';
import { decodeNativeEvent } from '../../../src/formats/security/native-event.ts';
import { normalizedObservation, normalizedPaymentEvent } from '../../../src/formats/normalized-document.ts';
import { decodeOtlpJson } from '../../../src/formats/otlp/otlp-json.ts';
import { decodePayment } from '../../../src/formats/payments/payment-json.ts';
import { RedactionLimit } from '../../../src/formats/redaction/redact-json.ts';
import { createRedactor } from '../../../src/formats/redaction/redact.ts';
import { FORMS, groups, pans, survives } from '../card-numbers.ts';
import { CONTEXT, jsonOf, KEY, PLACE, type JsonObject } from '../format-context.ts';
import { auditRecord, falcoRecord, nativeRecord, paymentRecord, traceRecord } from '../sample-records.ts';
import { spanContext } from '../span-context.ts';

const PAN = '4111111111111111';
const redactor = createRedactor(() => KEY);
const noKey = createRedactor(() => {
  throw new Error('the key was asked for');
});
const token = (text: string): string =>
  `tok_${createHmac('sha256', KEY).update(text).digest('hex').slice(0, 32)}`;

const spans = spanContext({ redactor });
/** What each decoder gives, and what is printed of it. */
const DECODERS: Readonly<Record<string, [record: () => JsonObject, decode: (record: unknown) => unknown]>> = {
  audit: [auditRecord, (record) => observed(decodeKubernetesAudit(record, PLACE, CONTEXT))],
  falco: [falcoRecord, (record) => observed(decodeFalco(record, PLACE, CONTEXT))],
  native: [nativeRecord, (record) => observed(decodeNativeEvent(record, PLACE, CONTEXT))],
  payment: [
    paymentRecord,
    (record) => {
      const decoded = decodePayment(record, PLACE, CONTEXT);
      return [decoded, decoded.items.map(normalizedPaymentEvent)];
    },
  ],
  traces: [traceRecord, (record) => decodeOtlpJson(record, spans)],
};

function observed(decoded: ReturnType<typeof decodeFalco>): unknown {
  return [decoded, decoded.items.map((item) => normalizedObservation(item, 'default'))];
}

/** Ids and times of spans are numbers by their form: 8 and 16 bytes, and nanoseconds. */
const BY_FORM = /^(?:traceId|spanId|startTimeUnixNano|endTimeUnixNano)$/;

/** Paths to every text of a record that could hold a card number. */
function textPaths(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value === 'string') return BY_FORM.test(String(path.at(-1))) ? [] : [path];
  if (typeof value !== 'object' || value === null) return [];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return entries.flatMap(([key, member]) => textPaths(member, [...path, key]));
}

function put(record: JsonObject, path: readonly (string | number)[], value: unknown): JsonObject {
  let at: JsonObject = record;
  for (const key of path.slice(0, -1)) at = at[key] as JsonObject;
  at[path.at(-1) ?? ''] = value;
  return record;
}

describe('no card number survives [C1]', () => {
  for (const [name, [record, decode]] of Object.entries(DECODERS)) {
    const paths = textPaths(record());
    for (const [form, write] of Object.entries(FORMS)) {
      test(`${name}: ${form}`, () => {
        fc.assert(
          fc.property(pans, fc.constantFrom(...paths), (pan, path) => {
            const output = jsonOf(decode(put(record(), path, write(pan))));
            expect(survives(output, pan), `${path.join('.')} <- ${write(pan)}: ${output}`).toBe(false);
          }),
          { seed: 7, numRuns: 25 },
        );
      });
    }
  }

  test('as a number, a key, in a list, under a field that nobody knows', () => {
    fc.assert(
      fc.property(pans, (pan) => {
        for (const [record, decode] of Object.values(DECODERS)) {
          const hidden = {
            number: Number(pan),
            list: [pan, [Number(pan), groups(pan).join(' ')]],
            split: [groups(pan), ['card', ...groups(pan), '12'], [...pan], [...pan].map(Number)],
            bytes: [...Buffer.from(`card ${pan}`)],
            words: ['--card', ...groups(pan)],
            [pan]: 1,
            [`card ${groups(pan).join('-')}`]: { [pan]: pan },
          };
          const output = jsonOf(
            decode({ ...record(), ...hidden, output_fields: hidden, attributes: hidden }),
          );
          // A number beyond 2^53 has lost its last digits: what is left of it must not be there either.
          expect(survives(output, pan.slice(0, 15)), output).toBe(false);
        }
      }),
      { seed: 8, numRuns: 300 },
    );
  });

  test('as a number in every field, and beyond 2^53 or with a fraction', () => {
    for (const number of [
      4111111111111111, 4222222222222, 6304000000000000000, 4111111111111111.5, -4111111111111111,
    ]) {
      const digits = String(Math.trunc(Math.abs(number)));
      for (const [record, decode] of Object.values(DECODERS)) {
        for (const path of textPaths(record())) {
          expect(jsonOf(decode(put(record(), path, number)))).not.toContain(digits.slice(0, 13));
        }
      }
    }
  });

  test('in any text around it', () => {
    const around = fc.string({
      maxLength: 40,
      unit: fc.constantFrom(...'gxyzGXYZ \t"\'{}[]:;,=&?<>|\\()!#@~'),
    });
    fc.assert(
      fc.property(pans, around, around, (pan, before, after) => {
        const text = `${before}${pan}${after}`;
        expect(survives(redactor.text(text), pan), text).toBe(false);
      }),
      { seed: 9, numRuns: 5000 },
    );
  });
});

test('[C1] SPEC lists every form in which a card number is looked for, and no other', () => {
  const spec = readFileSync(new URL('../../../docs/SPEC.md', import.meta.url), 'utf8');
  const listed = spec.split('\n').filter((line) => /^ {2}\| .* \| `.*` \|$/.test(line));
  expect(listed).toEqual(
    Object.entries(FORMS).map(([form, write]) => `  | ${form} | \`${inAscii(write(PAN))}\` |`),
  );
});

/** As JSON writes it, with what is not ASCII, not printed or the border of a table escaped. */
function inAscii(text: string): string {
  return JSON.stringify(text).replace(
    /[^ -{}~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

describe('text', () => {
  test('replaces the whole number and leaves the rest', () => {
    expect(redactor.text('card 4111 1111 1111 1111, ok')).toBe('card [PAN], ok');
    expect(redactor.text('a 4111111111111111 b 5555555555554444 c')).toBe('a [PAN] b [PAN] c');
    expect(redactor.text('nothing here')).toBe('nothing here');
  });

  test('redacting twice changes nothing more', () => {
    fc.assert(
      fc.property(pans, fc.constantFrom(...Object.values(FORMS)), (pan, write) => {
        const once = redactor.text(write(pan));
        expect(redactor.text(once)).toBe(once);
      }),
      { seed: 10, numRuns: 500 },
    );
  });

  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';
  const pem = '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA75nvd\nkD3k\n-----END RSA PRIVATE KEY-----';

  test.each([
    ['a JWT', `token=${jwt}&x=1`, 'dozjgNry'],
    ['a JWT behind a word', `sa_${jwt}`, 'dozjgNry'],
    [
      'an encrypted JWT of five parts',
      'eyJhbGciOiJSU0EifQ.OKOawDo13gR.48V1_ALb6US.5eym8TW_c8SuK.XFBoMYUZod',
      'XFBoMYUZ',
    ],
    ['a bearer token', 'Authorization: Bearer s3cr3t-Token_123', 's3cr3t'],
    ['a bearer token in a URI', '/x?auth=bearer%20s3cr3tToken123', 's3cr3t'],
    ['basic credentials', 'curl -H "authorization: Basic dXNlcjpwYXNz"', 'dXNlcjpwYXNz'],
    ['a private key', `key: ${pem} end`, 'MIIEpAIBAAKCAQEA'],
    ['a private key that is cut', pem.slice(0, 60), 'MIIEpA'],
    ['a private key in JSON in text', JSON.stringify({ key: pem }), 'MIIEpAIBAAKCAQEA'],
    ['a private key, URL-encoded', encodeURIComponent(pem), 'MIIEpAIBAAKCAQEA'],
    ['a PGP private key', pem.replaceAll('RSA PRIVATE KEY', 'PGP PRIVATE KEY BLOCK'), 'MIIEpAIBAAKCAQEA'],
    ['track 1', `x %B${PAN}^DOE/JANE^27121010000000012345? y`, '2712101'],
    ['track 2', `x ;${PAN}=27121010000012345? y`, '2712101'],
    ['track 2 without its sentinel', `x ${PAN}=27121010000012345 y`, '2712101'],
    ['track 2 of a chip', `57=${PAN}D27121010000012345F`, '2712101'],
    ['track 2, URL-encoded', encodeURIComponent(`;${PAN}=27121010000012345?`), '2712101'],
    ['a security code in JSON in text', '{"card":{"cvv":"737"}}', '737'],
    ['a security code as a number in text', '{"cvc": 7373}', '7373'],
    ['a security code in JSON in text, twice', JSON.stringify('{"card":{"cvv2":"737"}}'), '737'],
    ['a security code in a URI', '/pay?exp=1227&cvv=737&x=1', '737'],
    ['a security code in a form', 'card[exp]=1227&card[cvc]=737', '737'],
    ['a security code in a form, URL-encoded', 'card%5Bcvc%5D=737&x=1', '737'],
    ['a security code in XML', '<card><CVV2>737</CVV2></card>', '737'],
    ['a security code at the end of a sentence', 'The cvv is: 737.', '737'],
    ['a security code in a list in text', '{"cvv":["737"]}', '737'],
  ])('removes %s', (_, text, secret) => {
    expect(redactor.text(text)).not.toContain(secret);
  });

  test('leaves words that only begin like a secret', () => {
    for (const text of [
      'Basic reconnaissance of the node',
      'system:basic-user',
      'monkeyJumping in the log',
      'cvv=ok',
      'cvv 12.5',
      'containerd://5c619729175632675d87402292e2e9656315c189a5baa5e01f2687f8ebe59f89',
      'pod41493979_2857_4fab_b646_e901affe0810.slice',
    ]) {
      expect(redactor.text(text)).toBe(text);
    }
  });
});

describe('json', () => {
  test('is a deep copy, with its own __proto__', () => {
    const value = JSON.parse('{"a":[1,{"b":null}],"__proto__":{"polluted":true},"c":true}') as unknown;
    const copy = redactor.json(value);
    expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
    expect(copy).not.toBe(value);
    expect(({} as JsonObject)['polluted']).toBeUndefined();
    expect((copy as JsonObject)['polluted']).toBeUndefined();
  });

  test.each([
    'cvv',
    'CVV2',
    'cvc',
    'csc',
    'cav2',
    'cvn',
    'card_cvv',
    'cardCvv',
    'payment.card.cvc',
    'cvvCode',
    'cvv_code',
    'cardSecurityCode',
    'card_verification_value',
    'securityCode',
    'track1',
    'track_2_data',
    'trackData',
    'track2Data',
    'pinBlock',
    'pin_block',
    'card-cvv',
    'card[cvc]',
    'pay:CVV',
    '@cvv',
  ])('keeps nothing under %s [C6]', (key) => {
    expect(redactor.json({ [key]: '737', deep: [{ [key]: { value: 737 } }] })).toEqual({
      [key]: '[REMOVED]',
      deep: [{ [key]: '[REMOVED]' }],
    });
  });

  test('keeps no code beside its name [C6]', () => {
    expect(
      redactor.json([
        { name: 'cvv', value: '737' },
        { key: 'card.cvc', value: 737 },
      ]),
    ).toEqual([
      { name: 'cvv', value: '[REMOVED]' },
      { key: 'card.cvc', value: '[REMOVED]' },
    ]);
  });

  test('keeps no number whose parts are elements of a list', () => {
    expect(redactor.json(['card', '4111', '1111', '1111', 1111, 'ok'])).toEqual([
      'card',
      '[PAN]',
      '[PAN]',
      '[PAN]',
      '[PAN]',
      'ok',
    ]);
    expect(redactor.json({ cookie: ['4111', '1111', '1111', '1111'] })).toEqual({
      cookie: ['[PAN]', '[PAN]', '[PAN]', '[PAN]'],
    });
  });

  test('keeps lists of numbers that are none', () => {
    const value = [
      [8080, 8443, 9090, 9093],
      ['10.0.0.1', '10.0.0.2', '10.0.0.3'],
      Array.from({ length: 40 }, (_, i) => 4111 + i),
      [4111, 1111, 1111, 1112],
    ];
    expect(redactor.json(value)).toEqual(value);
  });

  test('keeps what is under keys that only look alike', () => {
    const value = {
      tracking: '1',
      pinned: true,
      discount: 3,
      track: 'x',
      description: 'csc ok',
      security: 'high',
      code: 7,
    };
    expect(redactor.json(value)).toEqual(value);
  });

  test('keeps no number whose written form holds one, before, in or behind the point', () => {
    for (const written of [
      '0.4111111111111111',
      '411.1111111111111',
      '-4111.111111111111',
      '4111111111111111.5',
    ]) {
      expect(redactor.json([Number(written)]), written).toEqual(['[PAN]']);
    }
  });

  test('keeps numbers that are none: times, counters, amounts', () => {
    const value = [
      1773151202118,
      1773151202118999,
      1773151202118999000,
      48000.01,
      -7,
      0.1 + 0.2,
      1e300,
      9007199254740991,
    ];
    expect(redactor.json(value)).toEqual(value);
  });

  test('refuses beyond its limits', () => {
    const deep = JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`) as unknown;
    const reasonOf = (value: unknown): string => {
      try {
        redactor.json(value);
      } catch (error) {
        if (error instanceof RedactionLimit) return error.reason;
      }
      return 'none';
    };
    expect(reasonOf(deep)).toBe('too_deep');
    expect(reasonOf('x'.repeat(2 ** 21 + 1))).toBe('too_large');
    expect(reasonOf({ ['x'.repeat(2 ** 21 + 1)]: 1 })).toBe('too_large');
    expect(reasonOf(Object.fromEntries(Array.from({ length: 500_001 }, (_, i) => [i, i])))).toBe('too_large');
  });
});

describe('idValue [C4]', () => {
  test('one number is one token, however it is written', () => {
    fc.assert(
      fc.property(pans, (pan) => {
        const written = [
          'plain',
          'spaces',
          'dashes',
          'no-break spaces',
          'full-width',
          'mathematical bold',
          'single digits',
        ];
        for (const form of written) expect(redactor.idValue(FORMS[form]?.(pan) ?? '')).toBe(token(pan));
        expect(redactor.idValue(` ${pan}\n`)).toBe(token(pan));
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  test('ids that hold a number stay apart, and show nothing of it', () => {
    fc.assert(
      fc.property(pans, pans, fc.constantFrom(...Object.values(FORMS)), (one, two, write) => {
        const ids = [one, two].map((pan) => redactor.idValue(`order ${write(pan)}`));
        expect(ids[0] === ids[1]).toBe(one === two);
        expect(ids[0]).toMatch(/^tok_[0-9a-f]{32}$/);
      }),
      { seed: 12, numRuns: 500 },
    );
  });

  test('any other id stays, and no key is asked for', () => {
    const ids = [
      'pay_881',
      'ORD-2026-000123',
      '9b2f1c1e-5d3a-4c7e-8f21-000000000001',
      '614092000001',
      'päy/1 ',
      '',
    ];
    for (const id of ids) expect(noKey.idValue(id)).toBe(id);
    expect(noKey.text(`card ${PAN}`)).toBe('card [PAN]');
    expect(noKey.json({ pan: PAN })).toEqual({ pan: '[PAN]' });
    expect(noKey.excerpt(PAN)).toBe('[PAN]');
    expect(() => noKey.idValue(PAN)).toThrow('the key was asked for');
  });

  test('a token stays as it is', () => {
    expect(redactor.idValue(token(PAN))).toBe(token(PAN));
    expect(redactor.text(token(PAN))).toBe(token(PAN));
  });

  test('another key gives other tokens', () => {
    expect(createRedactor(() => new Uint8Array(32)).idValue(PAN)).not.toBe(token(PAN));
  });
});

describe('excerpt', () => {
  test.each([
    ['not json password=hunter2', 'not json password=[SECRET]'],
    ['{"api_key":"abc123","id":"p1"', '{"api_key":"[SECRET]","id":"p1"'],
    ['db_password: hunter2; user: ann', 'db_password: [SECRET]; user: ann'],
    [
      'GET https://ann:hunter2@host/x?access_token=abc&id=1',
      'GET https://ann:[SECRET]@host/x?access_token=[SECRET]&id=1',
    ],
    ['a secretary passed the tokens on', 'a secretary passed the tokens on'],
  ])('shows no credential that is called one: %s', (text, shown) => {
    expect(redactor.excerpt(text)).toBe(shown);
  });

  test('is one line of at most 120 characters', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 600, unit: 'binary' }), (text) => {
        const excerpt = redactor.excerpt(text);
        expect(excerpt.length).toBeLessThanOrEqual(120);
        expect(excerpt).not.toMatch(/[\p{Cc}\n\r]/u);
      }),
      { seed: 13, numRuns: 2000 },
    );
  });

  test('shows no number wherever it stands, nor the larger part of one that is cut', () => {
    fc.assert(
      fc.property(
        pans,
        fc.constantFrom(...Object.values(FORMS)),
        fc.nat({ max: 1100 }),
        fc.constantFrom(' ', 'x', '\n', '"', '-----BEGIN PRIVATE KEY-----', '4111111111111111 '),
        (pan, write, before, filler) => {
          const text = `${filler.repeat(Math.ceil(before / filler.length)).slice(0, before)} "${write(pan)}" and so on`;
          for (const given of [text, text.slice(0, 1024), text.slice(0, before + pan.length - 1)]) {
            const excerpt = redactor.excerpt(given);
            expect(survives(excerpt, pan), given).toBe(false);
          }
          expect(survives(redactor.excerpt(text), pan.slice(0, 12)), text).toBe(false);
        },
      ),
      { seed: 14, numRuns: 5000 },
    );
  });

  test('white space between groups is taken out before it looks', () => {
    expect(redactor.excerpt('4111            1111\n\n\n\n\n\n1111 \t\t\t\t\t 1111')).toBe('[PAN]');
  });
});
