/**
 * What records of a log source look like, as far as that is the same for everybody: what a rule asks of a member that they do not
 * have is never there. Also the names that public rule sets have for members of Kubernetes audit.
 *
 * Only sources whose records have one form are in the table. What a shipper adds beside it cannot be known, so that a field
 * that is not in it is a doubt, and no fault.
 *
 * Worked example: `proc.name` of Falco begins with no member of an alert; it stands below `output_fields`.
 * Source: Kubernetes audit.k8s.io/v1 `Event`; Falco JSON output; Tetragon events.proto; Hubble exporter; Vault audit entries.
 */
import type { SecuritySource } from '../model/observation.ts';
import { parseFieldPath, type FieldPath } from './field-path.ts';
import type { Detection } from './sigma-rule.ts';

interface Never {
  /** Texts that the field may have. */
  may: RegExp;
  /** What it never is, and what to write. */
  why: string;
}

interface RecordForm {
  /** The first parts of all paths. */
  members: ReadonlySet<string>;
  /** Where to look for a field that begins otherwise. */
  elsewhere: (field: string) => string;
  /** What fields never hold, whatever the record. */
  never: ReadonlyMap<string, Never>;
}

/** @param lines names with spaces between them */
function membersOf(...lines: readonly string[]): Set<string> {
  return new Set(lines.flatMap((line) => line.split(' ')));
}

const REFERENCE_PARTS = new Set(['resource', 'subresource', 'namespace', 'name', 'uid', 'apiVersion']);
const USER_PARTS = new Set(['username', 'groups', 'extra']);

const FORMS: ReadonlyMap<SecuritySource, RecordForm> = new Map([
  [
    'kubernetes-audit',
    {
      members: membersOf(
        'kind apiVersion level auditID stage requestURI verb user impersonatedUser',
        'authenticationMetadata sourceIPs userAgent objectRef responseStatus requestObject',
        'responseObject requestReceivedTimestamp stageTimestamp annotations metadata timestamp',
      ),
      elsewhere: (field) => {
        const [first = ''] = field.split('.');
        if (REFERENCE_PARTS.has(first)) return `objectRef.${field}`;
        return USER_PARTS.has(first) ? `user.${field}` : 'its whole path, for instance below requestObject';
      },
      never: new Map([
        [
          'responseStatus.code',
          { may: /^[\d*?]*$/, why: 'is a number in every record, and never this text; write the number' },
        ],
        [
          'objectRef.resource',
          {
            may: /^[^/]*$/,
            why: 'has no / in any record; write what stands behind it as objectRef.subresource',
          },
        ],
      ]),
    },
  ],
  [
    'falco',
    {
      members: membersOf('uuid time rule priority source hostname output output_fields tags'),
      elsewhere: (field) => `output_fields.${field}`,
      never: new Map(),
    },
  ],
  [
    'tetragon',
    {
      members: membersOf(
        'process_exec process_exit process_kprobe process_tracepoint process_uprobe process_lsm',
        'process_usdt process_loader process_connect process_accept process_listen process_close',
        'node_name cluster_name node_labels time aggregation_info',
      ),
      elsewhere: (field) => `process_exec.${field.startsWith('process.') ? '' : 'process.'}${field}`,
      never: new Map(),
    },
  ],
  [
    'hubble',
    {
      members: membersOf('flow node_name cluster_name time'),
      elsewhere: (field) => `flow.${field}`,
      never: new Map(),
    },
  ],
  [
    'vault',
    {
      members: membersOf('time type auth request response error forwarded_from'),
      elsewhere: (field) => `request.${field}`,
      never: new Map(),
    },
  ],
]);

/** What public rules for Kubernetes audit call parts of a record that have no name at its top. */
const PUBLIC_NAMES: ReadonlyMap<string, string> = new Map([
  ['apiGroup', 'objectRef.apiGroup'],
  ['hostPath', 'requestObject.spec.volumes.hostPath.path'],
  ['capabilities', 'requestObject.spec.containers.securityContext.capabilities.add'],
]);

/** Where records of the source have the field that a rule names. */
export function recordField(field: string, source: SecuritySource | undefined): string {
  return (source === 'kubernetes-audit' ? PUBLIC_NAMES.get(field) : undefined) ?? field;
}

/** A search identifier that looks where records of the source have what it names. */
export function withRecordFields(detection: Detection, source: SecuritySource | undefined): Detection {
  const at = (path: FieldPath): FieldPath => parseFieldPath(recordField(path.text, source)) ?? path;
  switch (detection.kind) {
    case 'every':
    case 'some':
      return { ...detection, of: detection.of.map((part) => withRecordFields(part, source)) };
    case 'keywords':
      return detection;
    case 'reference':
      return { ...detection, path: at(detection.path), others: detection.others.map(at) };
    default:
      return { ...detection, path: at(detection.path) };
  }
}

/** Why a field with these texts is never what a rule asks for; undefined where nothing is known against it. */
export function doubtOfField(
  field: string,
  texts: readonly string[],
  source: SecuritySource,
): string | undefined {
  const form = FORMS.get(source);
  if (form === undefined) return undefined;
  const begins = (text: string): boolean =>
    [...form.members].some((member) => text === member || text.startsWith(`${member}.`));
  if (!begins(field))
    return `no record of this log source begins with the field ${field}, so that it is never there; write ${insteadOf(field, form)}`;
  const never = form.never.get(field);
  if (never === undefined || texts.every((text) => never.may.test(text))) return undefined;
  return `${field} ${never.why}`;
}

/** The field in the letters that records have, or in the member that has it. */
function insteadOf(field: string, { members, elsewhere }: RecordForm): string {
  const [first = ''] = field.split('.');
  const alike = [...members].find((member) => member.toLowerCase() === first.toLowerCase());
  return alike === undefined ? elsewhere(field) : `${alike}${field.slice(first.length)}`;
}
