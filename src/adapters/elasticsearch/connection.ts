/** A connection to Elasticsearch, and requests whose failures are errors with a code. */
import { Client } from '@elastic/elasticsearch';
import { CounterfoilError } from '../../model/errors.ts';
import { serverError } from './server-errors.ts';

export interface ElasticSettings {
  /** URLs of the nodes. */
  nodes: readonly string[];
  /** This, or user name and password, or nothing. */
  apiKey?: string;
  username?: string;
  password?: string;
  /** Certificates that are trusted, PEM; the ones of the system where it is not given. */
  ca?: string;
  requestTimeoutMs: number;
  /** How often a request is sent again, to another node where there is one; default 3. */
  maxRetries?: number;
}

export interface ElasticConnection {
  readonly client: Client;
  /** Addresses of the nodes without credentials, for messages. */
  readonly place: string;
  /**
   * Runs a request.
   * @param what it is, for the message: `reading an event`
   * @throws CounterfoilError CF_UNREACHABLE, CF_SERVER_SETUP, CF_INTERNAL
   */
  ask<T>(what: string, request: (client: Client) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * Opens no socket yet: the first request does.
 * @throws CounterfoilError CF_CONFIG when an address is none
 */
export function connectElastic(settings: ElasticSettings): ElasticConnection {
  const place = settings.nodes.map(addressOf).join(', ');
  const client = new Client({
    nodes: [...settings.nodes],
    requestTimeout: settings.requestTimeoutMs,
    ...(settings.maxRetries === undefined ? {} : { maxRetries: settings.maxRetries }),
    enableMetaHeader: false,
    // A case is whatever somebody wrote; one with a member `__proto__` would make its document unreadable. Members are copied, never assigned.
    disablePrototypePoisoningProtection: true,
    ...credentials(settings),
    ...(settings.ca === undefined ? {} : { tls: { ca: settings.ca } }),
  });
  return {
    client,
    place,
    ask: async (what, request) => {
      try {
        return await request(client);
      } catch (error) {
        throw serverError(error, place, what);
      }
    },
    close: () => client.close(),
  };
}

function credentials({ apiKey, username, password }: ElasticSettings) {
  if (apiKey !== undefined) return { auth: { apiKey } };
  if (username === undefined) return {};
  return { auth: { username, password: password ?? '' } };
}

function addressOf(node: string): string {
  const url = URL.canParse(node) ? new URL(node) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new CounterfoilError(
      'CF_CONFIG',
      'An address of Elasticsearch is not a URL. Write each as https://host:port.',
    );
  return url.host;
}
