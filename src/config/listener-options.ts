/** Options of where Counterfoil listens, who is let in, and whom it tells. */
import * as kind from './option-kinds.ts';
import { micros } from './durations.ts';
import { option } from './option.ts';

const HOST = kind.text(
  'address',
  /^[A-Za-z0-9_.:-]{1,253}$/,
  'an address or a host name, such as 127.0.0.1, 0.0.0.0 or :: (without brackets and port)',
);
const OPTIONAL_PATH = kind.optional(kind.text('path', /^[^\0]{1,4096}$/, 'a path'));

export const LISTENER_OPTIONS = {
  'server.host': option({
    kind: HOST,
    default: '127.0.0.1',
    prose:
      'The address of API, page and intake. Off loopback (`0.0.0.0` is every address of the machine) `run` starts only with API keys ' +
      '(`counterfoil keys add`) or `server.tls.client_ca_file`.',
    example: '0.0.0.0',
  }),
  'server.port': option({
    kind: kind.integer({ min: 0, max: 65_535 }),
    default: 8_686,
    prose: 'The port of API, page and intake on `server.host`; 0 takes any free one.',
    example: '8080',
    flag: 'http-port',
    variable: 'COUNTERFOIL_HTTP_PORT',
  }),
  'server.tls.cert_file': option({
    kind: OPTIONAL_PATH,
    default: null,
    prose:
      'The certificate of every listener, and those up to its authority, in PEM. With it they all speak TLS, and nothing else.',
    example: '/etc/counterfoil/tls.crt',
  }),
  'server.tls.key_file': option({
    kind: OPTIONAL_PATH,
    default: null,
    prose: 'The private key of that certificate, in PEM. Files of TLS are read at the start only.',
    example: '/etc/counterfoil/tls.key',
  }),
  'server.tls.client_ca_file': option({
    kind: OPTIONAL_PATH,
    default: null,
    prose:
      'The authorities whose client certificates are let in, in PEM. Such a certificate has every scope, and needs no key; ' +
      'without one a request needs a key.',
    example: '/etc/counterfoil/clients.crt',
  }),
  'auth.keys_file': option({
    kind: OPTIONAL_PATH,
    default: null,
    defaultText: '`api-keys.json` in `data.dir`',
    prose:
      'The file of API keys, which `counterfoil keys` writes. Where it is there, every request needs a key, on loopback too; ' +
      'it is read again when it changes.',
    example: '/etc/counterfoil/api-keys.json',
  }),
  'otlp.host': option({
    kind: HOST,
    default: '127.0.0.1',
    prose: 'The address of `otlp.port`, under the same conditions as `server.host`.',
    example: '0.0.0.0',
  }),
  'otlp.port': option({
    kind: kind.integer({ min: 0, max: 65_535 }),
    default: 4_318,
    prose: 'The port on which OTLP/HTTP is taken beside the one of the API, on `otlp.host`; 0 turns it off.',
    example: '0',
  }),
  'server.public_url': option({
    kind: kind.optional(
      kind.text(
        'address',
        /^https?:\/\/[^\s?#]{1,500}$/,
        'an address such as https://counterfoil.example.com',
      ),
    ),
    default: null,
    defaultText: 'the address that is listened on',
    prose: 'How people reach the page, for the links in notices.',
    example: 'https://counterfoil.example.com',
  }),
  'webhook.url': option({
    kind: kind.optional(
      kind.text('address', /^https?:\/\/\S{1,2000}$/, 'an address such as https://pager.example.com/hook'),
    ),
    default: null,
    defaultText: 'off',
    prose:
      'Where new incidents, and money whose deadline is near, are posted (Standard Webhooks); https, or http on this machine. ' +
      'What there was before counts as told.',
    example: 'https://pager.example.com/hook',
  }),
  'webhook.secret_file': option({
    kind: OPTIONAL_PATH,
    default: null,
    prose:
      'A file with the secret that signs them, `whsec_` and base64 of 24 to 64 bytes; two lines while it is changed. Or the variable ' +
      '`COUNTERFOIL_WEBHOOK_SECRET`.',
    example: '/etc/counterfoil/webhook.secret',
  }),
  'webhook.deadline_lead': option({
    kind: kind.duration({ min: '1m', max: '7d' }),
    default: micros('30m'),
    prose:
      'How long before a deadline of its money an incident is posted. One notice names all deadlines within it; an incident has one ' +
      'every half of it at most.',
    example: '1h',
  }),
};
