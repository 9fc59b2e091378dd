/** How to reach Redis, as users say it. */

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
  /** Begins the name of every key: whoever shares a server, shares no key. */
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

/** The address as logs and errors show it. */
export function addressText({ host, port }: RedisAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
