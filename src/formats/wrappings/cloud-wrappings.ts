/** What clouds put around records: subscriptions of their logs, and messages of their queues and streams. Source: reference/formats 3.1, and their own documentation of each. */
import { NO_IDENTITY, type StatedIdentity } from '../../model/identity.ts';
import type { Json } from '../../model/json.ts';
import { parseTraceId, parseTraceparent } from '../../model/trace-id.ts';
import { isObject, listIn, objectIn, textIn, type Fields } from '../fields.ts';
import { isPayment } from '../payments/payment-json.ts';
import { isArgocd } from '../security/argocd.ts';
import { isFalco } from '../security/falco.ts';
import { auditEventOfGoogle, isGoogleEntry } from '../security/google-audit.ts';
import { isZtunnel } from '../security/istio-ztunnel.ts';
import { isNativeEvent } from '../security/native-event.ts';
import { isSpire } from '../security/spire.ts';
import { isTetragon } from '../security/tetragon.ts';
import { isVault } from '../security/vault.ts';
import type { Step } from './wrapping.ts';

/** In this order; null: it is none of theirs. */
export const CLOUD_WRAPPINGS: readonly ((value: Fields) => Step | null)[] = [
  cloudWatch,
  cloudWatchAnswer,
  firehose,
  lambdaRecords,
  lambdaTopics,
  queueMessages,
  notification,
  eventBridge,
  azureRecords,
  azureRecord,
  googleEntry,
  googleLog,
  pubSub,
];

/** A subscription of the log service of AWS, from its function or its stream. */
function cloudWatch(value: Fields): Step | null {
  const data = textIn(objectIn(value['awslogs'])['data']);
  if (data !== null) return { values: [data] };
  if (!('messageType' in value && 'logGroup' in value)) return null;
  if (value['messageType'] === 'CONTROL_MESSAGE') return { ignored: 'control_message' };
  if (!Array.isArray(value['logEvents'])) return null;
  const cluster = /^\/aws\/eks\/([^/]+)\/cluster$/.exec(textIn(value['logGroup']) ?? '')?.[1] ?? null;
  const values = listIn(value['logEvents']).map((event) => objectIn(event)['message']);
  // Beside the audit log of a cluster stand its other logs.
  return { values, said: { cluster, isLog: !(textIn(value['logStream']) ?? '').includes('audit') } };
}

/** What its client prints of a log, and what a query of it finds. */
function cloudWatchAnswer(value: Fields): Step | null {
  const events = listIn(value['events']).map((event) => objectIn(event));
  const isLog = events.length > 0 && events.every((event) => 'message' in event && 'ingestionTime' in event);
  if (isLog) return { values: events.map(({ message }) => message), said: { isLog } };
  const messages = listIn(value['results']).map((row) => {
    const column = listIn(row).find((each) => objectIn(each)['field'] === '@message');
    return objectIn(column)['value'];
  });
  const isAnswer = messages.length > 0 && messages.every((message) => typeof message === 'string');
  return isAnswer ? { values: messages, said: { isLog: true } } : null;
}

/** A delivery of Firehose over HTTP. */
function firehose(value: Fields): Step | null {
  const records = listIn(value['records']);
  if (!('requestId' in value) || records.length === 0) return null;
  return { values: records.map((record) => unpackedText(objectIn(record)['data'])) };
}

/** What a function of AWS is called with, of Kinesis or SQS. */
function lambdaRecords(value: Fields): Step | null {
  const records = listIn(value['Records']).map((record) => objectIn(record));
  if (records.length === 0 || !records.every((record) => 'eventSource' in record)) return null;
  return {
    values: records.map(({ kinesis, body, Sns }) => {
      const { data } = objectIn(kinesis);
      return data === undefined ? (body ?? objectIn(Sns)['Message']) : unpackedText(data);
    }),
  };
}

/** The same of Kafka: lists by topic and partition; messages are opened where those of Kafka are. */
function lambdaTopics(value: Fields): Step | null {
  const isKafka = 'eventSource' in value && isObject(value['records']);
  const messages = Object.values(objectIn(value['records'])).flatMap((each) => listIn(each));
  if (!isKafka || messages.length === 0) return null;
  return { values: messages.map((message) => ({ ...objectIn(message), eventSource: value['eventSource'] })) };
}

/** What the client of SQS prints of what it received. */
function queueMessages(value: Fields): Step | null {
  const messages = listIn(value['Messages']).map((message) => objectIn(message));
  if (messages.length === 0 || !messages.every((message) => 'Body' in message)) return null;
  return { values: messages.map(({ Body: body }) => body) };
}

/** A message of SNS. */
function notification(value: Fields): Step | null {
  return value['Type'] === 'Notification' && 'TopicArn' in value ? { values: [value['Message']] } : null;
}

function eventBridge(value: Fields): Step | null {
  return 'detail-type' in value && 'detail' in value ? { values: [value['detail']] } : null;
}

/** Diagnostics of Azure come in batches, as do rows of its tables. */
function azureRecords(value: Fields): Step | null {
  const records = listIn(value['records']);
  const isOfAzure = records.every((record) => {
    const fields = objectIn(record);
    return 'category' in fields || 'TimeGenerated' in fields;
  });
  if (records.length === 0 || !isOfAzure) return null;
  return { values: records };
}

const AUDIT_CATEGORIES: readonly unknown[] = ['kube-audit', 'kube-audit-admin'];

function azureRecord(value: Fields): Step | null {
  if (!('category' in value && 'properties' in value)) return null;
  if (!AUDIT_CATEGORIES.includes(value['category'])) return { ignored: 'other_category' };
  const cluster = textIn(value['resourceId'])?.split('/').at(-1)?.toLowerCase() ?? null;
  return { values: [objectIn(value['properties'])['log']], said: { cluster } };
}

/** Google writes requests down in a form of its own, beside those of all its other services. */
function googleEntry(value: Fields): Step | null {
  if (!isGoogleEntry(value)) return null;
  const event = auditEventOfGoogle(value);
  if (event === null) return { ignored: 'other_service' };
  const cluster = textIn(objectIn(objectIn(value['resource'])['labels'])['cluster_name']);
  return { values: [event], said: { cluster } };
}

/** A line that a container wrote, as Google's log keeps it. */
function googleLog(value: Fields): Step | null {
  const line = value['jsonPayload'] ?? value['textPayload'];
  if (line === undefined || !('logName' in value)) return null;
  const labels = objectIn(objectIn(value['resource'])['labels']);
  const traceId = parseTraceId(textIn(value['trace'])?.split('/').at(-1));
  const said = { emitter: emitterIn(labels), cluster: textIn(labels['cluster_name']), traceId };
  return { values: [withTime(line, value['timestamp'])], said: { ...said, isLog: true } };
}

/** Google's agent takes `time` out of a line of JSON and makes it the time of the entry; formats that have it there get it back. */
function withTime(line: Json, time: Json | undefined): Json {
  if (!isObject(line) || 'time' in line || time === undefined) return line;
  const timed = { ...line, time };
  return TIMED.some((isOfFormat) => isOfFormat(timed)) ? timed : line;
}

const TIMED: readonly ((value: Fields) => boolean)[] = [
  isFalco,
  isTetragon,
  isVault,
  isSpire,
  isZtunnel,
  isNativeEvent,
  isPayment,
  (value) => isArgocd(value) && 'msg' in value,
];

function emitterIn(labels: Fields): StatedIdentity | null {
  const [namespace, podName] = [textIn(labels['namespace_name']), textIn(labels['pod_name'])];
  if (podName === null) return null;
  return { ...NO_IDENTITY, namespace, podName, containerName: textIn(labels['container_name']) };
}

/** A push of Pub/Sub, and the message itself. */
function pubSub(value: Fields): Step | null {
  const message = 'subscription' in value ? objectIn(value['message']) : value;
  if (!('data' in message && ('messageId' in message || 'message_id' in message))) return null;
  const { googclient_traceparent: parent } = objectIn(message['attributes']);
  return { values: [unpackedText(message['data'])], said: { traceId: parseTraceparent(parent) } };
}

/** Of base64, the text; what is packed is left for who unpacks within a limit. */
export function unpackedText(data: Json | undefined): unknown {
  const text = textIn(data);
  return text === null || text.startsWith('H4sI') ? data : Buffer.from(text, 'base64').toString('utf8');
}
