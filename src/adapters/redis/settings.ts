/** How to reach Redis, as users say it. */

import { CounterfoilError } from '../../model/errors.ts';

const DEFAULT_PORT = 6_379;

export interface RedisAddress {
  host: string;
  port: number;
}

export interface RedisSettings {
  /** One server; of a Cluster any of its nodes, the others are found. */
  nodes: readonly RedisAddress[];
  cluster: boolean;
  /** Of the ACL; null: the default user. */
  username: string | null;
  password: string | null;
  /** PEM; null: no TLS. */
  tls: RedisTls | null;
  /** Begins the name of every key: whoever shares a server, shares no key. Without braces, which would move keys to other slots. */
  namespace: string;
  /** How long one command may take; default 5 s. */
  commandTimeoutMs?: number;
  /** How long what fails for a while (a failover, a slot on its way) is tried again before it is given up; default 20 s. */
  retryMs?: number;
}

export interface RedisTls {
  /** Null: the authorities that Node knows. */
  ca: string | null;
  /** Of the client, for mutual TLS. */
  cert: string | null;
  key: string | null;
}

/**
 * What `redis://user:password@host:port` says, or with `rediss:` the same over TLS.
 * @throws CounterfoilError CF_CONFIG, which does not show the URL: it may hold a password
 */
export function settingsOfUrl(url: string): Pick<RedisSettings, 'nodes' | 'username' | 'password' | 'tls'> {
  const parsed = URL.parse(url);
  if (parsed === null || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '')
    throw new CounterfoilError(
      'CF_CONFIG',
      'The URL of Redis is not of the form redis://[user:password@]host[:port]',
    );
  const { protocol, hostname, port, username, password } = parsed;
  return {
    nodes: [{ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? DEFAULT_PORT : Number(port) }],
    username: username === '' ? null : decodeURIComponent(username),
    password: password === '' ? null : decodeURIComponent(password),
    tls: protocol === 'rediss:' ? { ca: null, cert: null, key: null } : null,
  };
}

/** The address as logs and errors show it. */
export function addressText({ host, port }: RedisAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
