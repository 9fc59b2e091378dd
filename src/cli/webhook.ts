/** The webhook of a configuration: its address and the secrets that sign, every fault at once. */
import { readFileSync } from 'node:fs';
import { isLoopback } from '../api/loopback.ts';
import type { Config } from '../config/options.ts';
import { CounterfoilError, type Problem } from '../model/errors.ts';

/** A secret, and so no option. */
export const WEBHOOK_VARIABLE = 'COUNTERFOIL_WEBHOOK_SECRET';

const MIN_SECRET_BYTES = 24;
const MAX_SECRET_BYTES = 64;
const MAX_SECRETS = 2;

export interface Webhook {
  url: string;
  secrets: Uint8Array[];
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * @returns null where it is off
 * @throws CounterfoilError CF_CONFIG with every fault, and nothing of a secret
 */
export function webhookOf(config: Config, env: Env): Webhook | null {
  const url = config['webhook.url'];
  if (url === null) return null;
  const problems: Problem[] = [];
  const complaint = urlComplaint(url);
  if (complaint !== null) problems.push({ at: 'webhook.url', text: complaint });
  const secrets = secretsOf(config, env, problems);
  if (problems.length === 0) return { url, secrets };
  throw new CounterfoilError('CF_CONFIG', 'The webhook cannot be used.', problems);
}

function urlComplaint(text: string): string | null {
  if (!URL.canParse(text)) return 'is no address';
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return 'holds a user or a password; notices are signed instead';
  if (protocol === 'https:' || isLoopback(hostname)) return null;
  return 'is not https, and not on this machine: others could read what is posted there';
}

function secretsOf(config: Config, env: Env, problems: Problem[]): Uint8Array[] {
  const given = env[WEBHOOK_VARIABLE] ?? '';
  const file = config['webhook.secret_file'];
  const at = given === '' ? 'webhook.secret_file' : WEBHOOK_VARIABLE;
  const fault = (text: string): Uint8Array[] => {
    problems.push({ at, text });
    return [];
  };
  if (given === '' && file === null)
    return fault(`is not set, nor ${WEBHOOK_VARIABLE}: notices would not be signed`);
  const text = given === '' ? readSecrets(file ?? '') : given;
  if (text === null) return fault('cannot be read');
  const lines = text.split('\n').map((line) => line.trim());
  const secrets = lines.filter((line) => line !== '').map(secretOf);
  if (secrets.length === 0) return fault('holds no secret');
  if (secrets.length > MAX_SECRETS) return fault(`holds more than ${MAX_SECRETS} secrets`);
  const good = secrets.filter((secret) => secret !== null);
  if (good.length === secrets.length) return good;
  return fault(`must be whsec_ and base64 of ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes, a line each`);
}

function readSecrets(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function secretOf(line: string): Uint8Array | null {
  const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(line)?.[1];
  if (base64 === undefined) return null;
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length >= MIN_SECRET_BYTES && bytes.length <= MAX_SECRET_BYTES ? bytes : null;
}
