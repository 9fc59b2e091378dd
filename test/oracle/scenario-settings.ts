/** What configuration and data files say in scenarios: audit rules, attributes with ids, ranks of states. */
import { STATES } from './scenario-payments.ts';
import { plain } from './text.ts';
import type { Plain } from './text.ts';
import type { OracleRule, OracleSettings } from './types.ts';

/** A rule twice: as a predicate for the oracle, and as the Sigma rule that must mean the same. */
export interface ScenarioRule extends OracleRule {
  sigma: string;
}

function objectOf(record: Plain): Plain {
  return plain(record['objectRef']);
}

function rule(
  ruleId: string,
  title: string,
  technique: string,
  selection: string[],
  matches: (record: Plain) => boolean,
): ScenarioRule {
  const sigma = [
    `title: ${title}`,
    `id: ${ruleId}`,
    'status: test',
    'description: Rule of the random scenarios.',
    'logsource:',
    '  product: kubernetes',
    '  service: audit',
    'detection:',
    '  selection:',
    ...selection.map((line) => `    ${line}`),
    '  condition: selection',
    'level: high',
    'tags:',
    `  - attack.${technique.toLowerCase()}`,
    '',
  ].join('\n');
  return { id: `sigma:${ruleId}`, severity: 75, techniques: [technique], matches, sigma };
}

export const SCENARIO_RULES: ScenarioRule[] = [
  rule(
    'c1d0a1b2-aaaa-4bbb-8ccc-a1a1a1a1a1a1',
    'Session in a pod',
    'T1609',
    [
      'verb: create',
      'objectRef.resource: pods',
      'objectRef.subresource:',
      '  - exec',
      '  - attach',
      '  - portforward',
    ],
    (record) =>
      record['verb'] === 'create' &&
      objectOf(record)['resource'] === 'pods' &&
      ['exec', 'attach', 'portforward'].includes(String(objectOf(record)['subresource'])),
  ),
  rule(
    'c1d0a1b2-aaaa-4bbb-8ccc-a2a2a2a2a2a2',
    'Command in a pod',
    'T1059',
    ['objectRef.resource: pods', 'objectRef.subresource: exec'],
    (record) => objectOf(record)['resource'] === 'pods' && objectOf(record)['subresource'] === 'exec',
  ),
  rule(
    'c1d0a1b2-aaaa-4bbb-8ccc-a3a3a3a3a3a3',
    'Secret read',
    'T1552',
    ['verb: get', 'objectRef.resource: secrets'],
    (record) => record['verb'] === 'get' && objectOf(record)['resource'] === 'secrets',
  ),
  rule(
    'c1d0a1b2-aaaa-4bbb-8ccc-a4a4a4a4a4a4',
    'Pod in the host process namespace',
    'T1611',
    ['verb: create', 'objectRef.resource: pods', 'requestObject.spec.hostPID: true'],
    (record) =>
      record['verb'] === 'create' &&
      objectOf(record)['resource'] === 'pods' &&
      plain(plain(record['requestObject'])['spec'])['hostPID'] === true,
  ),
];

/** Attributes of the scenarios; the table of the project must say the same of them. */
export const SCENARIO_ATTRIBUTES: OracleSettings['attributes'] = {
  'payment.transaction_id': { type: null, order: false },
  'payment.id': { type: null, order: false },
  'payment.uetr': { type: 'uetr', order: false },
  'adyen.psp_reference': { type: 'psp_reference', order: false },
  'payment.end_to_end_id': { type: 'end_to_end_id', order: false },
  'order.id': { type: 'order_id', order: true },
};

export const SCENARIO_PLACEHOLDERS = ['NOTPROVIDED', 'EOTS', '00000000-0000-0000-0000-000000000000'];

/** Rank of a state on its rail: its place in the list. */
export function scenarioRank(rail: string, state: string): number {
  const states: readonly string[] = rail === 'card' ? STATES.card : STATES.sepa_ct;
  return states.indexOf(state);
}
