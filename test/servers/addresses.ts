/** Where a server is: out of the environment, or out of the NAME=VALUE lines of tools/services/up; both say the same. */

export type ServerKind = 'kafka' | 'kafka-cluster' | 'redis' | 'redis-cluster' | 'elasticsearch';

export interface ServerAddress {
  readonly kind: ServerKind;
  /** `host:port` of every node: the brokers, the nodes of a Redis Cluster; one for the others. */
  readonly nodes: readonly string[];
  /** Of Redis (with user and password, where it asks for them) and Elasticsearch; empty for those that are reached by nodes. */
  readonly url: string;
  /** Kafka started with `auth` or `tls`: brokers that ask for it. `nodes` are the same brokers without. */
  readonly secureNodes: readonly string[];
  readonly user: string;
  readonly password: string;
  /** PEM file of the authority that signed the server's certificate; empty without TLS. */
  readonly caFile: string;
  /** The same as variables, for a process that reads them. */
  readonly environment: Readonly<Record<string, string>>;
}

interface Variables {
  /** Names the server; without it there is none. */
  address: string;
  /** What all variables of it begin with. */
  prefix: string;
  /** Whether the value of `address` is a URL; else it is a list of nodes. */
  isUrl: boolean;
  fewestNodes: number;
}

const VARIABLES: Readonly<Record<ServerKind, Variables>> = {
  kafka: { address: 'KAFKA_BROKERS', prefix: 'KAFKA_', isUrl: false, fewestNodes: 1 },
  'kafka-cluster': { address: 'KAFKA_BROKERS', prefix: 'KAFKA_', isUrl: false, fewestNodes: 3 },
  redis: { address: 'REDIS_URL', prefix: 'REDIS_', isUrl: true, fewestNodes: 1 },
  'redis-cluster': { address: 'REDIS_CLUSTER', prefix: 'REDIS_', isUrl: false, fewestNodes: 3 },
  elasticsearch: { address: 'ELASTICSEARCH_URL', prefix: 'ELASTICSEARCH_', isUrl: true, fewestNodes: 1 },
};

/** @returns the address that these variables give, or null when they give none of this kind */
export function addressFrom(
  kind: ServerKind,
  variables: Readonly<Record<string, string | undefined>>,
): ServerAddress | null {
  const { address, prefix, isUrl, fewestNodes } = VARIABLES[kind];
  const value = variables[address] ?? '';
  const nodes = isUrl && value !== '' ? [new URL(value).host] : listOf(value);
  if (nodes.length < fewestNodes) return null;
  const text = (name: string): string => variables[`${prefix}${name}`] ?? '';
  return {
    kind,
    nodes,
    url: isUrl ? value : '',
    secureNodes: listOf(text('SECURE_BROKERS')),
    user: text('USER'),
    password: text('PASSWORD'),
    caFile: text('CA'),
    environment: { [address]: value },
  };
}

/** @returns the variables of what `up` printed */
export function variablesOf(printed: string): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const line of printed.split('\n')) {
    const at = line.indexOf('=');
    if (at > 0) variables[line.slice(0, at)] = line.slice(at + 1);
  }
  return variables;
}

function listOf(value: string): string[] {
  return value.split(',').filter((node) => node !== '');
}
