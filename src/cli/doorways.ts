/**
 * Who is let in on which listener, from the configuration: addresses, TLS, keys. Every fault is found before anything is opened,
 * and a listener that others can reach without a key or a certificate is one.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { KeyRing } from '../adapters/embedded/key-ring.ts';
import type { AccessRules } from '../api/access-guard.ts';
import type { Doorway } from '../api/listen.ts';
import { isLoopback } from '../api/loopback.ts';
import type { Config, OptionName } from '../config/options.ts';
import { CounterfoilError, type Problem } from '../model/errors.ts';
import type { Clock } from '../ports/clock.ts';

const KEYS_FILE = 'api-keys.json';

export interface Doorways {
  server: Doorway;
  otlp: Doorway;
  /** Listeners whose keys travel in clear where others may see them, as `server.host 0.0.0.0`. */
  inClear: string[];
}

type TlsFiles = { cert: Buffer; key: Buffer; ca: Buffer | null };

/** Where the API keys are. */
export function keysFileOf(config: Config): string {
  return config['auth.keys_file'] ?? join(config['data.dir'], KEYS_FILE);
}

/**
 * @throws CounterfoilError CF_CONFIG with every fault
 */
export function doorwaysOf(config: Config, clock: Clock, onRefused: AccessRules['onRefused']): Doorways {
  const problems: Problem[] = [];
  const tls = tlsFilesOf(config, problems);
  const keys = new KeyRing(keysFileOf(config), clock);
  const count = keyCount(keys, problems);
  const certificates = config['server.tls.client_ca_file'] !== null;
  const outside = hostsOutside(config);
  if (count === 0 && !certificates)
    problems.push(...outside.map((name) => ({ at: name, text: openToAll(config[name]) })));
  if (problems.length > 0) {
    const many = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    throw new CounterfoilError(
      'CF_CONFIG',
      `The listeners cannot be opened; the configuration has ${many}.`,
      problems,
    );
  }
  const access: AccessRules = { keys, certificates: tls !== null && tls.ca !== null, onRefused };
  const doorway = (name: HostOption): Doorway => ({
    tls: tls === null ? null : tlsOptions(tls),
    access,
    loopbackOnly: isLoopback(config[name]),
  });
  const inClear = tls === null ? outside.map((name) => `${name} ${config[name]}`) : [];
  return { server: doorway('server.host'), otlp: doorway('otlp.host'), inClear };
}

type HostOption = 'server.host' | 'otlp.host';

function hostsOutside(config: Config): HostOption[] {
  const used: HostOption[] = config['otlp.port'] === 0 ? ['server.host'] : ['server.host', 'otlp.host'];
  return used.filter((name) => !isLoopback(config[name]));
}

function openToAll(host: string): string {
  return (
    `${host} can be reached by others, and nothing says who they may be. Make a key with "counterfoil keys add", or set ` +
    'server.tls.client_ca_file, or listen on 127.0.0.1'
  );
}

function keyCount(keys: KeyRing, problems: Problem[]): number | null {
  try {
    return keys.count();
  } catch (error) {
    if (!(error instanceof CounterfoilError)) throw error;
    problems.push({ at: 'auth.keys_file', text: error.message });
    return null;
  }
}

function tlsFilesOf(config: Config, problems: Problem[]): TlsFiles | null {
  const [certFile, keyFile] = [config['server.tls.cert_file'], config['server.tls.key_file']];
  const caFile = config['server.tls.client_ca_file'];
  const without = (name: OptionName, needed: OptionName): void =>
    void problems.push({ at: name, text: `is of no use without ${needed}; set both` });
  if (certFile !== null && keyFile === null) without('server.tls.cert_file', 'server.tls.key_file');
  if (keyFile !== null && certFile === null) without('server.tls.key_file', 'server.tls.cert_file');
  if (caFile !== null && certFile === null) without('server.tls.client_ca_file', 'server.tls.cert_file');
  const before = problems.length;
  const read = (name: OptionName, file: string | null): Buffer | null => readPem(name, file, problems);
  const cert = read('server.tls.cert_file', certFile);
  const key = read('server.tls.key_file', keyFile);
  const ca = read('server.tls.client_ca_file', caFile);
  if (cert === null || key === null || problems.length > before) return null;
  return usable({ cert, key, ca }, problems);
}

function readPem(name: OptionName, file: string | null, problems: Problem[]): Buffer | null {
  if (file === null) return null;
  try {
    return readFileSync(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    problems.push({ at: name, text: `${file} cannot be read (${code})` });
    return null;
  }
}

/** OpenSSL says what is wrong with each; its words hold nothing of the files. */
function usable(files: TlsFiles, problems: Problem[]): TlsFiles | null {
  const trial = (
    name: OptionName,
    options: Parameters<typeof createSecureContext>[0],
    what: string,
  ): void => {
    try {
      createSecureContext(options);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      problems.push({ at: name, text: `${what} (${code})` });
    }
  };
  const before = problems.length;
  trial('server.tls.cert_file', { cert: files.cert }, 'holds no certificate in PEM that can be used');
  trial(
    'server.tls.key_file',
    { key: files.key },
    'holds no private key in PEM that can be used, without a passphrase',
  );
  if (problems.length === before)
    trial('server.tls.key_file', { cert: files.cert, key: files.key }, 'is not the key of the certificate');
  // OpenSSL takes a file without a certificate, and then nobody would be let in.
  if (files.ca !== null && !files.ca.includes('-----BEGIN CERTIFICATE-----'))
    problems.push({ at: 'server.tls.client_ca_file', text: 'holds no certificate in PEM' });
  else if (files.ca !== null)
    trial('server.tls.client_ca_file', { ca: files.ca }, 'holds no certificate in PEM that can be used');
  return problems.length === before ? files : null;
}

/** Who shows no certificate is let in by TLS, and then needs a key: probes and browsers have none. */
function tlsOptions({ cert, key, ca }: TlsFiles): NonNullable<Doorway['tls']> {
  const asked = ca === null ? {} : { ca, requestCert: true, rejectUnauthorized: false };
  return { cert, key, minVersion: 'TLSv1.2', ...asked };
}
