/** Secrets that are no card numbers: which are found, and what only looks like one. Every secret of a hit has `hunter2` in it, and only there. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRedactor } from '../../../src/formats/redaction/redact.ts';
import { signsIn } from '../../../src/formats/redaction/signs.ts';
import { TOKEN_FORMS } from '../../../src/formats/redaction/tokens.ts';
import { Dice } from '../dice.ts';

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

const COMMANDS: readonly string[] = [
  'DB_PASS=hunter2 run',
  '{"cmd":"PASSWORD=\\"hunter2\\" run"}',
  String.raw`{"cmd":"PASSWORD='hunter2' run"}`,
  '{"cmd":"mysql -phunter2 pay"}',
  'PASSWORD="a"hunter2 run',
  'smtp_pass: "hunter2"',
  "{ user: 'ann', password: 'hunter2', port: 1 }",
  'password: "hunter2"',
  '<user>ann</user><password>hunter2</password>',
  'mysql -u root -phunter2 pay',
  '/usr/bin/mysqldump -phunter2 --all-databases',
  "sh -c 'mysql -u root -phunter2'",
  "mariadb -p'hunter2 hunter2' pay",
  'mysql -u root --password=hunter2 pay',
  'psql --password hunter2',
  'mongosh -u ann -p hunter2 db',
  'mongodump -phunter2',
  'PGPASSWORD=hunter2 psql -h db',
  'env MYSQL_PWD=hunter2 mysql',
  'export DB_PASSWORD="hunter2 hunter2"; run',
  'docker run -e POSTGRES_PASSWORD=hunter2 -p 5432:5432 postgres',
  'curl -u ann:hunter2 https://host/',
  'curl -su ann:hunter2 https://host/',
  'curl --user "ann:hunter2 hunter2" https://host/',
  'curl --proxy-user=ann:hunter2 https://host/',
  'curl https://ann:hunter2@host/x',
  'curl -H "Authorization: Basic aHVudGVyMjpodW50ZXIy_hunter2" https://host/',
  'curl -H "Authorization: Bearer hunter2hunter2" https://host/',
  'curl -H "Authorization: token hunter2hunter2" https://host/',
  'curl -H "X-Vault-Token: hunter2hunter2" https://host/',
  'curl -H "PRIVATE-TOKEN: hunter2hunter2" https://host/',
  'wget --http-password=hunter2 https://host/',
  'sshpass -p hunter2 ssh host',
  'sshpass -phunter2 ssh host',
  'redis-cli -h cache -a hunter2 ping',
  'ldapsearch -x -D cn=admin -w hunter2',
  'sqlcmd -S db -U sa -P hunter2',
  'smbclient //host/share -U ann%hunter2',
  'openssl enc -aes-256-cbc -k hunter2 -in x',
  'openssl rsa -passin pass:hunter2 -in key.pem',
  'docker login -u ann -p hunter2 registry.example',
  'helm registry login -u ann --password hunter2 registry.example',
  'oc login --token=sha256~hunter2hunter2',
  'gpg --batch --passphrase hunter2 -d secrets.gpg',
  'kubectl create secret generic db --from-literal=password=hunter2',
  'kubectl create secret generic db --from-literal any=hunter2',
  'vault write auth/userpass/login/ann password=hunter2',
  'java -Djavax.net.ssl.keyStorePassword=hunter2 -jar app.jar',
  'aws configure set aws_secret_access_key=hunter2',
  'Shell in container (user=root command=mysql -phunter2 terminal=34816 container=c)',
  '/api/v1/namespaces/p/pods/x/exec?command=mysql&command=-phunter2&container=c&stdin=true',
  '/api/v1/namespaces/p/pods/x/exec?command=psql&command=--password&command=hunter2&container=c',
  '/api/v1/namespaces/p/pods/x/exec?command=sh&command=-c&command=mysql%20-phunter2%20pay&container=c',
  'GET /pay?access_token=hunter2&id=1',
  'GET /pay?id=1&token=hunter2hunter2',
  'postgres://ann:hunter2@db:5432/pay',
  'redis://:hunter2@cache/0',
  '{"user":"ann","password":"hunter2","id":1}',
  "{'client_secret': 'hunter2'}",
  JSON.stringify({ body: JSON.stringify({ apiKey: 'hunter2"hunter2', id: 1 }) }),
  'api_key: hunter2',
  // Dumps of programs.
  '{Password:hunter2}',
  'Password:hunter2}',
  '&{User:ann Password:hunter2 Host:db}',
  'map[password:hunter2 user:ann]',
  'map[string]string{"password":"hunter2"}',
  ':password=>"hunter2"',
  'password=>hunter2',
  '"password" => "hunter2"',
  ":password => 'hunter2', :user => 1",
  "{'user': 'ann', 'password': b'hunter2'}",
  'secret_key := "hunter2"',
  'if password == "hunter2" {',
  // Settings.
  'user: ann\npassword: hunter2\nport: 1',
  'password: correct-hunter2',
  'user: ann\n  - db.password: hunter2hunter\n',
  'password: |\n  hunter2\n',
  'aws_secret_access_key = hunter2',
  'db.password = hunter2',
  'password\t=\thunter2',
  'password : hunter2',
  '"password" : "hunter2"',
  '"password":["hunter2"]',
  '"password":{"value":"hunter2"}',
  'user[password]=hunter2&password[]=hunter2',
  'user%5Bpassword%5D=hunter2',
  // XML, HTML.
  '<Password type="text">hunter2</Password>',
  '<Password><![CDATA[hunter2]]></Password>',
  '<ns:Password xsi:type="x">\n  <![CDATA[hunter2]]></ns:Password>',
  '<add key="password" value="hunter2"/>',
  '<setting value="hunter2" name="db.password"/>',
  '<property name="password">hunter2</property>',
  '&quot;password&quot;:&quot;hunter2&quot;',
  // A name and a value that are members of their own.
  '{"name":"DB_PASSWORD","value":"hunter2"}',
  '{"value": "hunter2", "name": "CI_TOKEN"}',
  '[\n    {\n        "name": "CI_TOKEN",\n        "value": "hunter2"\n    }\n]',
  JSON.stringify(JSON.stringify({ env: [{ name: 'DB_PASSWORD', value: 'hunter2' }] })),
  '{"key":"db.password","value":{"stringValue":"hunter2"}}',
  '- name: DB_PASSWORD\n  value: hunter2\n',
  '{Name:DB_PASSWORD Value:hunter2 ValueFrom:nil}',
  'name=DB_PASSWORD, value=hunter2',
  'Content-Disposition: form-data; name="password"\r\n\r\nhunter2\r\n--x',
  // Headers.
  'Authorization: ApiKey hunter2',
  'authorization=ApiKey hunter2',
  '{"Authorization":["ApiKey hunter2"]}',
  'map[Authorization:[ApiKey hunter2] Accept:[*/*]]',
  'Authorization: AWS4-HMAC-SHA256 Credential=AK/2, SignedHeaders=host, Signature=hunter2',
  'Authorization: Digest username="ann", response="hunter2"',
  "curl -H 'Authorization: Token hunter2' https://host/",
  'curl -H Authorization:\\ Bearer\\ hunter2hunter2 https://host/',
  'X-Api-Key: hunter2',
  'Ocp-Apim-Subscription-Key: hunter2',
  'Cookie: session=hunter2; theme=hunter2',
  'Set-Cookie: __Host-sid=hunter2; Path=/; HttpOnly',
  '{"cookie":"sid=hunter2"}',
  "curl -b 'sid=hunter2; a=hunter2' https://host/",
  'curl --cookie sid=hunter2 https://host/',
  'https://store/x?sv=2020&sig=hunter2hunter2hunter2%3D',
  // Addresses and strings of connections.
  'Server=db;User Id=sa;Password=hunter2;',
  'Driver={x};UID=sa;PWD={hunter2;hunter2};',
  'Server=db; Uid=sa; Pwd = hunter2',
  'mount -o user=ann,pass=hunter2 //host/share',
  'DefaultEndpointsProtocol=https;AccountName=x;AccountKey=hunter2==;EndpointSuffix=core',
  'Endpoint=sb://x/;SharedAccessKeyName=Root;SharedAccessKey=hunter2=',
  'jdbc:postgresql://host/db?user=a&password=hunter2',
  'jdbc:oracle:thin:ann/hunter2@//host:1521/x',
  'psql postgresql://ann:hunter2@host',
  'postgres://ann:p@hunter2@host/db',
  // Commands.
  'docker run --env DB_PASSWORD=hunter2 image',
  'kubectl create secret docker-registry x --docker-password=hunter2',
  "kubectl create secret generic x '--from-literal=any=hunter2'",
  'SSHPASS=hunter2 sshpass -e ssh host',
  '7z x -phunter2 a.7z',
  'unzip -P hunter2 a.zip',
  'ipmitool -H host -U ann -P hunter2 power',
  'cqlsh -u ann -p hunter2',
  'lftp -u ann,hunter2 host',
  'etcdctl --user root:hunter2 get /',
  'keytool -list -storepass hunter2 -keypass hunter2',
  'aws configure set aws_secret_access_key hunter2',
];

describe('[C2] passwords and keys behind their names', () => {
  test.each(COMMANDS)('%s', (command) => {
    const text = redactor.text(command);
    expect(text).not.toContain('hunter2');
    expect(redactor.text(text)).toBe(text);
    expect(redactor.excerpt(command)).not.toContain('hunter2');
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

const HARMLESS: readonly string[] = [
  'ssh -p 22 host',
  'docker run -p 8080:80 image',
  'docker run -u 1000:1000 image',
  'mysql -h db -P 3306 -p pay',
  'psql -U ann -p 5432 -W pay',
  'mkdir -p /var/lib/app',
  'cp -pr a b',
  'nginx -p /etc/nginx -c nginx.conf',
  'curl -u ann https://host/',
  'curl --port=8080 -o out https://host/a:b',
  'redis-cli -a',
  'tar -pxf x.tar',
  'passwd -l root',
  'cat /etc/passwd /etc/shadow',
  'PWD=/root OLDPWD=/tmp bash',
  'run --port 8080 --token-file=/x --password-file /run/secrets/db --password-stdin --no-password',
  'run --password=$DB_PASSWORD --secret ${DB_SECRET}',
  'run --token /var/run/secrets/kubernetes.io/serviceaccount/token',
  'kubectl get secret ledger-tls -o yaml',
  'GET /api/v1/namespaces/payments/secrets/default-token-x7k2p',
  'secret=ledger-tls token=projected',
  'fieldSelector=metadata.name%3Dledger-token-x7k2p',
  'password authentication failed for user "ann"',
  'invalid password: try again',
  'invalid password: "too short, try again"',
  'first pass=1, bypass=on, pass: 7 of 9',
  'password> ',
  'token expired, token refresh, 3 tokens: a b c',
  'the secret: nobody knows',
  'api-keys and access-tokens rotate',
  'authorization: denied by policy',
  'authorization.k8s.io/decision: allow',
  'sha256:5c619729175632675d87402292e2e9656315c189a5baa5e01f2687f8ebe59f89',
  'registry.example/ledger@sha256:5c619729175632675d87402292e2e9656315c189a5baa5e01f2687f8ebe59f89',
  '9b2f1c1e-5d3a-4c7e-8f21-426614174000',
  '0af7651916cd43dd8448eb211c80319c',
  'cluster asia-east1-b, xoxo, akiako',
  'npm_config_cache=/root/.npm npm_package_version=1.0.0',
  'pods.metrics.k8s.io s.example.com s.abcdefghijklmnopqrstuvwx',
  'https://user@host/path?a=b@c',
  'spiffe://cluster.local/ns/pay/sa/ledger',
  'pk_live_51Hunter2Hunter2Hunter2',
  'gh_pages ghp_short glpat-short sk_live_x hvs.x',
  Buffer.from('-----BEGIN CERTIFICATE-----\nMIIB').toString('base64'),
  'Basic reconnaissance, bearer of news',
  'authorization: token expired',
  'Authorization: Basic auth is required',
  'cookie: yes, cookies = 3',
  'registry.example/pay/vault-password:v1.2.3',
  'SELECT id FROM users WHERE password = ? AND api_key = $1',
  'UPDATE users SET password = NULL',
  '{"password":null,"api_key":false}',
  'Password:<nil> Token:0xc000123456 APIKey:nil',
  'env:\n- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:\n      name: db\n      key: password\n',
  '</password>\n<user>ann</user>',
  'the password, value and all',
  'zip -r a.zip folder; unzip a.zip -d out',
  'aws configure set region eu-west-1',
  'tokens&#x20;of&#32;love &amp; hate',
  'C:\\2026\\061\\x',
];

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
