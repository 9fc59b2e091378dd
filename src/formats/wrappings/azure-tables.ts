/**
 * What Azure's Log Analytics keeps of a cluster, in rows: of the tables for audit (a column for each part of the event), for diagnostics (the
 * event as text) and for containers (a line with its pod), and what a query of them answers with.
 *
 * Trap: a column that holds JSON comes as text from some clients, and parsed from others.
 *
 * Worked example: {AuditId: "a", Stage: "ResponseComplete", Verb: "create", ObjectRef: "{\"resource\":\"pods\"…"} -> the audit event that it was.
 * Cost: a look at a few keys. Source: Azure Monitor, tables AKSAudit, AKSAuditAdmin, AzureDiagnostics, ContainerLogV2; API response format.
 */
import { NO_IDENTITY, parseContainerId } from '../../model/identity.ts';
import type { Json } from '../../model/json.ts';
import { listIn, objectIn, textIn, type Fields } from '../fields.ts';
import { parseJsonText } from '../json-text.ts';
import type { Step } from './wrapping.ts';

/** Of a column; each row has its name. */
const MAX_NAME = 128;

/** In this order; null: it is none of theirs. */
export const AZURE_TABLES: readonly ((value: Fields) => Step | null)[] = [
  answer,
  auditRow,
  diagnosticsRow,
  containerRow,
];

/** A query's rows, each by the names of its columns. */
function answer(value: Fields): Step | null {
  const tables = listIn(value['tables']).map((table) => objectIn(table));
  const isAnswer =
    tables.length > 0 && tables.every(({ columns, rows }) => Array.isArray(columns) && Array.isArray(rows));
  if (!isAnswer) return null;
  const values = tables.flatMap(({ columns, rows }) => {
    const names = Array.from(listIn(columns), (column) =>
      (textIn(objectIn(column)['name']) ?? '').slice(0, MAX_NAME),
    );
    // A row has the cells that it has: to fill up each for every name would make a record as many times as large.
    return listIn(rows).map((row) =>
      Object.fromEntries(
        Array.from(listIn(row).slice(0, names.length), (cell, i) => [names[i] ?? '', cell ?? null]),
      ),
    );
  });
  return { values };
}

/** Columns, and what the audit log calls them. */
const AUDIT_COLUMNS: readonly (readonly [string, string])[] = [
  ['AuditId', 'auditID'],
  ['Level', 'level'],
  ['Stage', 'stage'],
  ['RequestUri', 'requestURI'],
  ['Verb', 'verb'],
  ['User', 'user'],
  ['SourceIps', 'sourceIPs'],
  ['UserAgent', 'userAgent'],
  ['ObjectRef', 'objectRef'],
  ['ResponseStatus', 'responseStatus'],
  ['RequestObject', 'requestObject'],
  ['ResponseObject', 'responseObject'],
  ['RequestReceivedTime', 'requestReceivedTimestamp'],
  ['StageReceivedTime', 'stageTimestamp'],
  ['Annotations', 'annotations'],
];

function auditRow(value: Fields): Step | null {
  if (!('AuditId' in value && 'Stage' in value && 'Verb' in value)) return null;
  const event = AUDIT_COLUMNS.flatMap(([column, name]): [string, Json][] => {
    const stated = parsed(value[column]);
    return stated === undefined || stated === null || stated === '' ? [] : [[name, stated]];
  });
  return { values: [Object.fromEntries([['kind', 'Event'], ...event])], said: { cluster: clusterOf(value) } };
}

function parsed(value: Json | undefined): Json | undefined {
  return typeof value === 'string' ? ((parseJsonText(value) as Json | undefined) ?? value) : value;
}

function diagnosticsRow(value: Fields): Step | null {
  const { Category: category, log_s: log } = value;
  if (typeof category !== 'string' || typeof log !== 'string') return null;
  if (!category.startsWith('kube-audit')) return { ignored: 'other_category' };
  return { values: [log], said: { cluster: clusterOf(value) } };
}

function clusterOf(value: Fields): string | null {
  const id = textIn(value['_ResourceId']) ?? textIn(value['ResourceId']);
  return id?.split('/').at(-1)?.toLowerCase() ?? null;
}

/** A line that a container wrote; `LogEntry` in the older table. */
function containerRow(value: Fields): Step | null {
  const line = value['LogMessage'] ?? value['LogEntry'];
  if (line === undefined || !('TimeGenerated' in value && 'Computer' in value)) return null;
  const podName = textIn(value['PodName']);
  const named = {
    ...NO_IDENTITY,
    podName,
    namespace: textIn(value['PodNamespace']),
    containerName: textIn(value['ContainerName']),
    containerId: parseContainerId(value['ContainerId'] ?? value['ContainerID']),
    node: textIn(value['Computer']),
  };
  const isKnown = podName !== null || named.containerId !== null;
  return { values: [line], said: { emitter: isKnown ? named : null, isLog: true } };
}
