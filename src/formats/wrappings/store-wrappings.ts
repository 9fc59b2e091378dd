/**
 * What stores of logs answer with, and take: Loki, Splunk, Graylog, Datadog, and messages of Kafka as its clients print them. Source: the
 * documentation of each.
 *
 * Traps: Loki names the pod once for a whole stream of lines; a search of Splunk has the record as text in `_raw`; Datadog takes JSON apart
 * and leaves no message; a message of Kafka without a value is a tombstone.
 */
import { NO_IDENTITY, parseContainerId, type StatedIdentity } from '../../model/identity.ts';
import { isObject, listIn, objectIn, textIn, type Fields } from '../fields.ts';
import { isLikeJson } from '../json-text.ts';
import { unpackedText } from './cloud-wrappings.ts';
import type { Step } from './wrapping.ts';

/** In this order; null: it is none of theirs. */
export const STORE_WRAPPINGS: readonly ((value: Fields) => Step | null)[] = [
  lokiStreams,
  lokiStream,
  lokiLine,
  splunkEvent,
  splunkSearch,
  graylog,
  datadog,
  kafkaMessage,
];

/** What is pushed to Loki, followed, or found by a query. */
function lokiStreams(value: Fields): Step | null {
  const { resultType, result } = objectIn(value['data']);
  const streams = listIn(resultType === 'streams' ? result : value['streams']);
  if (streams.length > 0) return streams.every((each) => isStream(each)) ? { values: streams } : null;
  return resultType === 'streams' ? { values: [] } : null;
}

function isStream(value: unknown): boolean {
  return isObject(value) && isObject(value['stream']) && Array.isArray(value['values']);
}

function lokiStream(value: Fields): Step | null {
  if (!isStream(value)) return null;
  const lines = listIn(value['values']).map((entry) => listIn(entry)[1]);
  return { values: lines, said: { emitter: emitterOfLabels(objectIn(value['stream'])), isLog: true } };
}

/** As logcli prints it. */
function lokiLine(value: Fields): Step | null {
  const { labels, line } = value;
  if (!isObject(labels) || typeof line !== 'string' || !('timestamp' in value)) return null;
  return { values: [line], said: { emitter: emitterOfLabels(labels), isLog: true } };
}

/** By the labels that its agents give. */
function emitterOfLabels(labels: Fields): StatedIdentity | null {
  const podName = textIn(labels['pod']) ?? textIn(labels['k8s_pod_name']);
  if (podName === null) return null;
  return {
    ...NO_IDENTITY,
    podName,
    namespace: textIn(labels['namespace']) ?? textIn(labels['k8s_namespace_name']),
    containerName: textIn(labels['container']) ?? textIn(labels['k8s_container_name']),
    node: textIn(labels['node_name']) ?? textIn(labels['k8s_node_name']),
  };
}

/** All that the HTTP Event Collector of Splunk knows beside the event. */
const SPLUNK_KEYS: ReadonlySet<string> = new Set([
  'time',
  'host',
  'source',
  'sourcetype',
  'index',
  'fields',
  'event',
]);

function splunkEvent(value: Fields): Step | null {
  if (!('event' in value)) return null;
  const keys = Object.keys(value);
  const isOnlySplunk = keys.length > 1 && keys.every((key) => SPLUNK_KEYS.has(key));
  return 'sourcetype' in value || 'index' in value || isOnlySplunk ? { values: [value['event']] } : null;
}

/** One result of a search, or all of them. */
function splunkSearch(value: Fields): Step | null {
  if (typeof value['_raw'] === 'string') return { values: [value['_raw']] };
  const results = isObject(value['result']) ? [value['result']] : listIn(value['results']);
  const isSearch = results.length > 0 && results.every((each) => typeof objectIn(each)['_raw'] === 'string');
  return isSearch ? { values: results } : null;
}

/** GELF. What is too long for its short message stands in the full one. */
function graylog(value: Fields): Step | null {
  const [short, full] = [textIn(value['short_message']), textIn(value['full_message'])];
  if (short === null || !('version' in value && 'host' in value)) return null;
  const podName = textIn(value['_kubernetes_pod_name']);
  const containerId = parseContainerId(value['_container_id'] ?? value['_kubernetes_docker_id']);
  const named = {
    ...NO_IDENTITY,
    podName,
    namespace: textIn(value['_kubernetes_namespace_name']),
    containerId,
  };
  const emitter = podName === null && containerId === null ? null : named;
  return { values: [full ?? short], said: { emitter } };
}

/** As its agents send it, and as its search answers. */
function datadog(value: Fields): Step | null {
  if ('ddsource' in value || 'ddtags' in value) return isLine(value) ? { values: [value['message']] } : null;
  const found = listIn(value['data']);
  if (found.length > 0 && found.every((each) => isFound(objectIn(each)))) return { values: found };
  if (!isFound(value)) return null;
  const { message, attributes } = objectIn(value['attributes']);
  const isApart = isObject(attributes) && !isLikeJson(textIn(message) ?? '');
  return { values: [isApart ? attributes : message], said: { isLog: true } };
}

function isLine(value: Fields): boolean {
  return textIn(value['message']) !== null;
}

function isFound(value: Fields): boolean {
  return value['type'] === 'log' && isObject(value['attributes']) && 'id' in value;
}

/** As kcat, rpk and the REST proxy print one, and as AWS gives it to a function. */
function kafkaMessage(value: Fields): Step | null {
  if (!('topic' in value && 'partition' in value && 'offset' in value)) return null;
  const content = value['payload'] ?? value['value'];
  // AWS hands messages on in base64.
  const isPacked = 'eventSource' in value;
  if (content !== undefined && content !== null)
    return { values: [isPacked ? unpackedText(content) : content] };
  return 'payload' in value || 'value' in value ? { ignored: 'tombstone' } : null;
}
