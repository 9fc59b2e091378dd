/** Secrets that are no card numbers: which are found, and what only looks like one. Every secret of a hit has `hunter2` in it, and only there. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../../src/formats/redaction/redact.ts';
import { signsIn } from '../../../src/formats/redaction/signs.ts';
import { TOKEN_FORMS } from '../../../src/formats/redaction/tokens.ts';
import { COMMANDS, HARMLESS, WRITTEN } from '../secret-samples.ts';

const redactor = createRedactor(() => new Uint8Array(32));

/** Made here, so that no scanner of sources takes them for real ones. */
const made = (n: number): string => 'hunter2Q'.repeat(Math.ceil(n / 8)).slice(0, n);
const UPPER = 'HUNTER2QWERTYUIOPASD';

const TOKENS: Readonly<Record<string, readonly string[]>> = {
  GitHub: [`ghp_${made(36)}`, `ghs_${made(36)}`, `gho_${made(36)}`],
  'GitHub, fine-grained': [`github_pat_${made(22)}_${made(59)}`],
  GitLab: [`glpat-${made(20)}`, `glrt-${made(20)}`],
  Slack: [`xoxb-1234-5678-${made(24)}`, `xoxp-${made(24)}`, `xoxa-2-${made(24)}`, `xapp-1-${made(20)}`],
  'Slack, webhooks': [`https://hooks.slack.com/services/T00000000/B00000000/${made(24)}`],
  'AWS, with the secret key where it stands beside': [
    `AKIA${UPPER.slice(0, 16)}`,
    `ASIA${UPPER.slice(0, 16)}`,
  ],
  Stripe: [`sk_live_${made(24)}`, `rk_live_${made(24)}`, `sk_test_${made(24)}`],
  'Stripe, webhooks': [`whsec_${made(32)}`],
  Vault: [`hvs.${made(24)}`, `hvb.${made(90)}`],
  'Vault before 1.10': [`s.${made(24)}`],
  npm: [`npm_${made(36)}`],
  'Google, API keys': [`AIza${made(35)}`],
  'Google, OAuth': [`ya29.${made(60)}`, `GOCSPX-${made(28)}`],
  PyPI: [`pypi-AgE${made(60)}`],
  'Docker Hub': [`dckr_pat_${made(27)}`],
  SendGrid: [`SG.${made(22)}.${made(43)}`],
  age: [`AGE-SECRET-KEY-1${UPPER.repeat(3)}`],
  'Private keys in base64': [
    Buffer.from(`-----BEGIN EC PRIVATE KEY-----\n${made(60)}`).toString('base64'),
    Buffer.from(`-----BEGIN PRIVATE KEY-----\n${made(60)}`).toString('base64'),
  ],
};
const AROUND: readonly ((token: string) => string)[] = [
  (token) => token,
  (token) => `curl -H "X-Any: ${token}" https://host/`,
  (token) => `TOKEN_FOR_CI=${token};`,
  (token) => `{"a":"${token}","b":1}`,
  (token) => JSON.stringify(JSON.stringify({ a: token })),
  (token) => encodeURIComponent(`x y=${token}`),
];

describe('[C2] tokens that say what they are', () => {
  test('each form has samples here', () => {
    expect(Object.keys(TOKENS)).toEqual(TOKEN_FORMS.map(({ issuer }) => issuer));
  });

  for (const [issuer, samples] of Object.entries(TOKENS)) {
    test(`of ${issuer} are redacted`, () => {
      for (const sample of samples)
        for (const write of AROUND) {
          const text = redactor.text(write(sample));
          expect(text).not.toContain(sample.slice(-12));
          expect(text).toContain('[SECRET]');
        }
    });
  }

  test('a secret key beside its id goes with it', () => {
    const text = `AKIA${UPPER.slice(0, 16)} : wJalr/${made(33)}+ eu-west-1`;
    expect(redactor.text(text)).toBe('[SECRET] eu-west-1');
  });
});

describe('[C2] passwords and keys behind their names', () => {
  test.each(COMMANDS)('%s', (command) => {
    const text = redactor.text(command);
    expect(text).not.toContain('hunter2');
    expect(redactor.text(text)).toBe(text);
    expect(redactor.excerpt(command)).not.toContain('hunter2');
  });

  test.each(Object.entries(WRITTEN))('in a text, %s', (_, write) => {
    for (const command of COMMANDS) {
      const text = redactor.text(write(command));
      expect(text, command).not.toContain('hunter2');
      expect(redactor.text(text)).toBe(text);
    }
  });

  test('in an excerpt, wherever it is cut', () => {
    fc.assert(
      fc.property(fc.constantFrom(...COMMANDS), fc.nat({ max: 1100 }), (command, before) => {
        const text = `${'. '.repeat(before).slice(0, before)} ${command} and so on`;
        for (const given of [text, text.slice(0, 1024), text.slice(0, before + command.length)])
          expect(redactor.excerpt(given), given).not.toContain('hunter2');
      }),
      { seed: 5, numRuns: 2_000 },
    );
  });

  test('leave what stands around them', () => {
    expect(redactor.text('mysql -u root -phunter2 pay; ssh -p 22 host')).toBe(
      'mysql -u root -p[SECRET] pay; ssh -p 22 host',
    );
    expect(redactor.text('curl -u ann:hunter2 https://host/')).toBe('curl -u ann:[SECRET] https://host/');
    expect(redactor.text('sshpass -p hunter2; ssh -p 22 host')).toBe('sshpass -p [SECRET]; ssh -p 22 host');
    expect(redactor.text("sh -c 'mysql -phunter2'; id")).toBe("sh -c 'mysql -p[SECRET]'; id");
    expect(redactor.text('/exec?command=mysql&command=-phunter2&container=c')).toBe(
      '/exec?command=mysql&command=-p[SECRET]&container=c',
    );
    expect(redactor.text('{"password":"hunter2","id":1}')).toBe('{"password":"[SECRET]","id":1}');
    expect(redactor.text('call(PASSWORD="hunter2"), x')).toBe('call(PASSWORD=[SECRET]), x');
    expect(redactor.text('postgres://ann:hunter2@db/pay')).toBe('postgres://ann:[SECRET]@db/pay');
  });

  test('in lists of words, in environments and under their names in records', () => {
    const record = {
      command: ['mysql', '-u', 'root', '-phunter2', '-P', '3306'],
      args: ['--password', 'hunter2', '--port', '8080', '--api-key=hunter2', 7, null],
      env: [
        { name: 'DB_PASSWORD', value: 'hunter2' },
        { name: 'CI_TOKEN', value: 'hunter2' },
        { name: 'PORT', value: '8080' },
        { name: 'KEY', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
      ],
      clientSecret: 'hunter2',
      nested: { db_password: 'hunter2', password: { policy: 'long' }, passwordPolicy: 'long' },
      auth: { client_token: 'hmac-sha256:ab', password: 'hmac-sha256:cd' },
    };
    expect(redactor.json(record)).toEqual({
      command: ['mysql', '-u', 'root', '-p[SECRET]', '-P', '3306'],
      args: ['--password', '[SECRET]', '--port', '8080', '--api-key=[SECRET]', 7, null],
      env: [
        { name: 'DB_PASSWORD', value: '[SECRET]' },
        { name: 'CI_TOKEN', value: '[SECRET]' },
        { name: 'PORT', value: '8080' },
        { name: 'KEY', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
      ],
      clientSecret: '[SECRET]',
      nested: { db_password: '[SECRET]', password: { policy: 'long' }, passwordPolicy: 'long' },
      auth: { client_token: 'hmac-sha256:ab', password: 'hmac-sha256:cd' },
    });
  });

  test.each<[unknown, unknown]>([
    [
      { key: 'db_password', value: 'hunter2' },
      { key: 'db_password', value: '[SECRET]' },
    ],
    [
      { Value: 'hunter2', Name: 'CI_TOKEN' },
      { Value: '[SECRET]', Name: 'CI_TOKEN' },
    ],
    [
      { key: 'db.password', value: { stringValue: 'hunter2' } },
      { key: 'db.password', value: { stringValue: '[SECRET]' } },
    ],
    [{ password: ['hunter2', 7, null] }, { password: ['[SECRET]', 7, null] }],
    [{ password: { value: 'hunter2' } }, { password: { value: '[SECRET]' } }],
    [
      { authorization: 'ApiKey hunter2', Cookie: 'sid=hunter2' },
      { authorization: '[SECRET]', Cookie: '[SECRET]' },
    ],
    [{ 'set-cookie': ['sid=hunter2'] }, { 'set-cookie': ['[SECRET]'] }],
    [
      { name: 'Authorization', value: 'hunter2' },
      { name: 'Authorization', value: '[SECRET]' },
    ],
    [
      { key: 'http.request.header.cookie', value: 'a=b' },
      { key: 'http.request.header.cookie', value: '[SECRET]' },
    ],
  ])('in members: %j', (record, redacted) => {
    expect(redactor.json(record)).toEqual(redacted);
    expect(redactor.json(redacted)).toEqual(redacted);
  });

  test('what is under such names and is no secret stays', () => {
    const record = {
      tolerations: [{ key: 'pay/ledger-token', operator: 'Equal', value: 'x', effect: 'NoSchedule' }],
      authorization: 'denied by policy',
      cookie: true,
      password: { policy: { value: 'long' } },
      annotations: { 'authorization.k8s.io/decision': 'allow' },
      list: [{ name: 'authorization', value: 'allow' }],
    };
    expect(redactor.json(record)).toEqual(record);
  });

  test('an id that holds one becomes a token, and two stay apart', () => {
    const [one, two] = ['a', 'b'].map((each) => redactor.idValue(`order ghp_${made(30)}${each}`));
    expect(one).toMatch(/^tok_[0-9a-f]{32}$/);
    expect(one).not.toBe(two);
  });
});

test.each(HARMLESS)('[C2] no secret: %s', (text) => {
  expect(redactor.text(text)).toBe(text);
});

test('[C2] a text without signs has nothing to redact, and any text is redacted once', () => {
  const pieces = [...COMMANDS, ...Object.values(TOKENS).flat(), ...HARMLESS].flatMap((text) =>
    text.split(/(?<=[ =:"'&])/),
  );
  const text = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 4 })), { maxLength: 12 });
  fc.assert(
    fc.property(text, (parts) => {
      const whole = parts.join('');
      const once = redactor.text(whole);
      expect(signsIn(whole) !== 0 || once === whole, whole).toBe(true);
      expect(redactor.text(once)).toBe(once);
    }),
    { seed: 3, numRuns: 5_000 },
  );
});
