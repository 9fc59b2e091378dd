/** What the driver throws, in words that say what happened at which brokers and what to look at; and what is worth another try. */
import { CounterfoilError } from '../../model/errors.ts';

/** What is read of an error of the driver. */
interface Fault {
  name: string;
  message: string;
  /** Name of a protocol error, as Kafka has it. */
  type: string | null;
  /** Code of Node or of TLS. */
  code: string | null;
  broker: string | null;
  retriable: boolean;
}

const TRANSIENT_NAMES = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSLockTimeout',
  'KafkaJSBrokerNotFound',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSTopicMetadataNotLoaded',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSNoBrokerAvailableError',
]);

const TLS_CODE = /^(ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO)/;

/** Whether the same request may succeed a little later: broker gone, leader moved, coordinator loading. */
export function isTransient(error: unknown): boolean {
  const fault = faultOf(error);
  if (fault === null || isRefused(fault) || isTls(fault)) return false;
  return TRANSIENT_NAMES.has(fault.name) || (fault.name === 'KafkaJSProtocolError' && fault.retriable);
}

/** Name of a protocol error, null for anything else. */
export function protocolType(error: unknown): string | null {
  return faultOf(error)?.type ?? null;
}

/**
 * The error that a caller is given.
 * @param brokers as configured
 * @param doing what was being done, in the form "to read topic x"
 */
export function kafkaFailed(brokers: string, doing: string, error: unknown): unknown {
  if (error instanceof CounterfoilError) return error;
  const fault = faultOf(error);
  if (fault === null) return error;
  const at = fault.broker ?? brokers;
  if (isRefused(fault))
    return unreachable(
      `Kafka at ${at} refused the login, needed ${doing}: ${fault.message}`,
      'check mechanism, user and password of the Kafka settings, and that the broker knows this user',
    );
  if (isTls(fault))
    return unreachable(
      `No secure connection to Kafka at ${at}, needed ${doing}: ${fault.code ?? fault.message}`,
      'check the certificate authority and the host name in the certificate, and that the port speaks TLS',
    );
  if (fault.type?.endsWith('AUTHORIZATION_FAILED') === true)
    return new CounterfoilError(
      'CF_SERVER_SETUP',
      `Kafka at ${at} does not allow ${doing} (${fault.type}); give this user the right with kafka-acls`,
    );
  if (fault.type === 'UNKNOWN_TOPIC_OR_PARTITION')
    return unreachable(
      `Kafka at ${at} does not know a topic that is needed ${doing} (${fault.type})`,
      'a topic was deleted, or has fewer partitions than it had; `counterfoil setup` makes what is missing',
    );
  return unreachable(
    `Kafka at ${at} cannot be used ${doing}: ${fault.type ?? fault.message}`,
    'check that the address is right, the broker runs and can be reached from here, and whether its port wants TLS or a login',
  );
}

function unreachable(what: string, check: string): CounterfoilError {
  return new CounterfoilError('CF_UNREACHABLE', `${what}; ${check}`);
}

function isRefused({ name, type }: Fault): boolean {
  return (
    name.includes('SASL') || type === 'SASL_AUTHENTICATION_FAILED' || type === 'UNSUPPORTED_SASL_MECHANISM'
  );
}

function isTls({ code, message }: Fault): boolean {
  return (
    (code !== null && TLS_CODE.test(code)) || /certificate|SSL routines|wrong version number/.test(message)
  );
}

/** Null for what is no error of the driver, but of our own. */
function faultOf(error: unknown): Fault | null {
  const root = rootOf(error);
  if (!(root instanceof Error) || !root.name.startsWith('KafkaJS')) return null;
  const text = (name: string): string | null => {
    const value: unknown = (root as unknown as Record<string, unknown>)[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const retriable = 'retriable' in root && root.retriable === true;
  return {
    name: root.name,
    message: root.message,
    type: text('type'),
    code: text('code'),
    broker: text('broker'),
    retriable,
  };
}

/** The driver wraps errors in others that say "retries exceeded": the first one says more. */
function rootOf(error: unknown): unknown {
  let root = error;
  for (let depth = 0; depth < 8; depth++) {
    if (!(root instanceof Error) || !(root.cause instanceof Error) || !root.cause.name.startsWith('KafkaJS'))
      break;
    root = root.cause;
  }
  return root;
}
