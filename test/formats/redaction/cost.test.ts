/** What redaction costs on texts that were made to be slow, and that it never throws. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRedactor } from '../../../src/formats/redaction/redact.ts';
import { Dice } from '../dice.ts';

const redactor = createRedactor(() => new Uint8Array(32));

/** Repetitions that make careless searches begin anew at every unit. */
const HOSTILE: readonly string[] = [
  'password=',
  'password="',
  "password='",
  '"password":"',
  'password: ',
  'token=',
  'secret=',
  'authorization:',
  'authorization: x-a-token:',
  'mysql ',
  'mysql -p',
  'curl -u ',
  'curl -u "',
  'docker login -p ',
  '--password ',
  '--from-literal=',
  '&command=mysql',
  '?command=-p&',
  '://',
  '://:',
  '://a:b',
  '@',
  'ghp_',
  'glpat-',
  'xoxb-',
  'AKIA',
  'AKIAAAAAAAAAAAAAAAAA ',
  ' s.',
  'hvs.',
  'SG.',
  'LS0tLS1CRUdJTi',
  'eyJ',
  'eyJ.',
  'Bearer ',
  '-----BEGIN PRIVATE KEY-----',
  '-----BEGIN ',
  'cvv=',
  'security code',
  '%',
  '%3',
  '%34',
  '\\',
  '\\u0034',
  '\\"',
  '4 ',
  '4',
  '41-',
  'NDEx',
  'M',
  'N O',
  '\uff14',
  '\ud835\udfd2',
  '2026-03-10 ',
  '0af76519-',
  'a',
  '=',
  '"',
  '[SECRET]',
  'x-',
  '4,',
  '4111,',
  '["4111",',
  '52, ',
  '&#52;',
  '&#',
  '&amp;',
  '\\064',
  '\\u{34}',
  '%u0034',
  '\u2074',
  '4\u0301',
  'password:',
  'Password:a',
  '{Password:',
  'password = ',
  'password=>',
  'password" ',
  'password"]',
  '\npassword: a',
  'password: |\n ',
  '<password ',
  '<a password="',
  'password>',
  'password><![CDATA[',
  '</password>',
  'password","value":"',
  'password value=',
  'value="a" name="',
  'value="',
  '_token"',
  'name="password"\r\n\r\n',
  'authorization: token ',
  'authorization: digest a="',
  'authorization: a=b, ',
  'cookie: a=b; ',
  'cookie: a=',
  'cookie:',
  'sig=',
  ';pwd={',
  ',pass=',
  '://a:b@',
  'jdbc:oracle:thin:a/',
  'aws configure set ',
  'curl -b ',
  'B4111111111111111^',
  '4111111111111111=',
];

test('[C5] a megabyte of anything takes its time, and no more', { timeout: 240_000 }, () => {
  const dice = new Dice(11);
  const texts = [
    ...HOSTILE.map((piece) => piece.repeat(Math.ceil(2 ** 20 / piece.length))),
    // Runs that end otherwise than they go on.
    ...['n', 'u0034', 'x34', '/'].map((end) => '\\'.repeat(2 ** 20) + end),
    '3'.repeat(2 ** 20) + 'x',
    '34 '.repeat(2 ** 18) + '3',
    ...[`"`, `\\`, `"\\`, ';', ')', "'"].flatMap((unit) =>
      ['mysql -p', '--password ', 'password=', '--token ', 'curl -u a:'].map(
        (before) => `${before}${unit.repeat(2 ** 19)}x ${before}y`,
      ),
    ),
    ...Array.from({ length: 20 }, () => {
      const [a, b, c] = [dice.pick(HOSTILE), dice.pick(HOSTILE), dice.pick(HOSTILE)];
      return (a.repeat(1 + dice.below(30)) + b.repeat(1 + dice.below(30)) + c)
        .repeat(2 ** 15)
        .slice(0, 2 ** 20);
    }),
  ];
  for (const text of texts) {
    const began = process.threadCpuUsage();
    redactor.text(text);
    redactor.excerpt(text);
    const { user } = process.threadCpuUsage(began);
    expect(user / 1000, JSON.stringify(text.slice(0, 60))).toBeLessThan(2_500);
  }
});

test('[C5] nothing of any kind makes it throw', () => {
  fc.assert(
    fc.property(
      fc.anything({ maxDepth: 4, withNullPrototype: true }),
      fc.string({ unit: 'binary' }),
      (value, text) => {
        expect(() => {
          redactor.json(value);
          redactor.text(text);
          redactor.idValue(text);
          redactor.excerpt(text);
        }).not.toThrow();
      },
    ),
    { seed: 4, numRuns: 3_000 },
  );
});
