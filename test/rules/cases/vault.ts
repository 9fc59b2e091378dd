/** Audit records of Vault: cases, one thing different at a time. It worked, with the token of a service, unless a case says otherwise. */
import type { RawRecord } from '../observation.ts';
import type { ProductCases } from './case.ts';

interface More {
  mount?: string;
  policies?: string[];
  data?: RawRecord;
  error?: string;
}

function asked(operation: string, path: string, more: More = {}): RawRecord {
  return {
    time: '2026-03-10T14:00:02.118999Z',
    type: 'response',
    auth: {
      accessor: `hmac-sha256:${'ab'.repeat(32)}`,
      client_token: `hmac-sha256:${'cd'.repeat(32)}`,
      display_name: 'kubernetes-payments-ledger',
      policies: more.policies ?? ['default', 'payments'],
    },
    request: {
      id: '7f0b2a7e-5d0b-4a08-9c1a-000000000001',
      operation,
      mount_type: more.mount ?? (path.startsWith('sys/') ? 'system' : 'kv'),
      path,
      namespace: { id: 'root' },
      ...(more.data === undefined ? {} : { data: more.data }),
      remote_address: '10.0.0.1',
    },
    response: { data: {} },
    ...(more.error === undefined ? {} : { error: more.error }),
  };
}

const ROOT = { policies: ['root'] };
const DENIED = { error: '1 error occurred:\n\t* permission denied\n\n' };
const TRANSIT = { mount: 'transit' };
const TOKEN = { mount: 'token' };

export const VAULT: ProductCases = {
  root_token_used: {
    hits: [
      ['a secret read', asked('read', 'secret/data/pay', ROOT)],
      ['among other policies', asked('list', 'secret/metadata/', { policies: ['default', 'root'] })],
    ],
    misses: [
      ['a service', asked('read', 'secret/data/pay')],
      ['a policy whose name begins so', asked('read', 'secret/data/pay', { policies: ['root-ca-reader'] })],
      ['given back', asked('update', 'auth/token/revoke-self', { ...ROOT, ...TOKEN })],
      ['refused', asked('read', 'secret/data/pay', { ...ROOT, ...DENIED })],
    ],
  },
  root_token_generated: {
    hits: [
      ['begun', asked('update', 'sys/generate-root/attempt')],
      ['new unseal keys', asked('update', 'sys/rekey/init')],
    ],
    misses: [
      ['asked how far it is', asked('read', 'sys/generate-root/attempt')],
      ['health, by monitoring', asked('read', 'sys/health')],
      [
        'refused',
        asked('update', 'sys/generate-root/attempt', { error: 'root generation already in progress' }),
      ],
    ],
  },
  audit_device_disabled: {
    hits: [['one', asked('delete', 'sys/audit/file')]],
    misses: [
      ['one enabled', asked('update', 'sys/audit/socket')],
      ['listed', asked('read', 'sys/audit')],
      ['refused', asked('delete', 'sys/audit/file', { error: 'no matching audit device' })],
    ],
  },
  policy_written: {
    hits: [
      ['one', asked('update', 'sys/policies/acl/payments')],
      ['in the old way', asked('delete', 'sys/policy/payments')],
    ],
    misses: [
      ['read', asked('read', 'sys/policies/acl/payments')],
      ['rules for passwords', asked('update', 'sys/policies/password/pins')],
      ['refused has its own', asked('update', 'sys/policies/acl/payments', DENIED)],
    ],
  },
  auth_method_changed: {
    hits: [
      ['enabled', asked('update', 'sys/auth/github')],
      ['removed', asked('delete', 'sys/auth/kubernetes')],
    ],
    misses: [
      ['listed', asked('read', 'sys/auth')],
      ['its settings', asked('update', 'sys/auth/kubernetes/tune')],
      ['refused', asked('update', 'sys/auth/github', { error: 'path is already in use' })],
      ['a login', asked('update', 'auth/kubernetes/login', { mount: 'kubernetes' })],
    ],
  },
  sealed: {
    hits: [
      ['sealed', asked('update', 'sys/seal')],
      ['stepped down', asked('update', 'sys/step-down')],
    ],
    misses: [
      ['asked whether it is', asked('read', 'sys/seal-status')],
      ['opened', asked('update', 'sys/unseal')],
      ['refused', asked('update', 'sys/seal', DENIED)],
      ['the settings of the seal, by the set-up', asked('read', 'sys/seal-backend-status')],
    ],
  },
  administration_denied: {
    hits: [
      ['a policy', asked('update', 'sys/policies/acl/admin', DENIED)],
      ['a token', asked('update', 'auth/token/create', { ...DENIED, ...TOKEN })],
    ],
    misses: [
      ['a secret', asked('read', 'secret/data/other', DENIED)],
      ['a list, as the page of Vault asks for it', asked('read', 'sys/mounts/', DENIED)],
      ['for another reason', asked('update', 'sys/policies/acl/admin', { error: 'failed to parse policy' })],
      ['what one may do', asked('update', 'sys/capabilities-self', DENIED)],
    ],
  },
  lasting_token_created: {
    hits: [
      ['an orphan by its path', asked('update', 'auth/token/create-orphan', TOKEN)],
      [
        'an orphan by its parameter',
        asked('update', 'auth/token/create', { ...TOKEN, data: { no_parent: true } }),
      ],
      [
        'one without an end',
        asked('update', 'auth/token/create/batch', {
          ...TOKEN,
          data: { period: `hmac-sha256:${'ef'.repeat(32)}` },
        }),
      ],
    ],
    misses: [
      ['an ordinary one', asked('update', 'auth/token/create', { ...TOKEN, data: { no_parent: false } })],
      ['a login of a service', asked('update', 'auth/kubernetes/login', { mount: 'kubernetes' })],
      ['refused has its own', asked('update', 'auth/token/create-orphan', { ...TOKEN, ...DENIED })],
    ],
  },
  transit_key_exported: {
    hits: [
      ['exported', asked('read', 'transit/export/signing-key/payout/1', TRANSIT)],
      ['in a backup, of an engine at another place', asked('read', 'cards/backup/pan-key', TRANSIT)],
      [
        'made exportable',
        asked('update', 'transit/keys/payout/config', { ...TRANSIT, data: { exportable: true } }),
      ],
    ],
    misses: [
      ['used', asked('update', 'transit/sign/payout', TRANSIT)],
      ['a secret of that name', asked('read', 'secret/data/export/1')],
      ['refused', asked('read', 'transit/export/signing-key/payout/1', { ...TRANSIT, ...DENIED })],
      ['turned over', asked('update', 'transit/keys/payout/rotate', TRANSIT)],
      ['not exportable', asked('update', 'transit/keys/payout', { ...TRANSIT, data: { exportable: false } })],
    ],
  },
  secret_destroyed: {
    hits: [
      ['all versions', asked('delete', 'secret/metadata/ledger-db')],
      ['some versions', asked('update', 'secret/destroy/ledger-db')],
      ['a key', asked('delete', 'transit/keys/payout', TRANSIT)],
    ],
    misses: [
      ['a version that can be brought back', asked('delete', 'secret/data/ledger-db')],
      ['a lease that ran out', asked('update', 'sys/leases/revoke')],
      ['refused', asked('delete', 'secret/metadata/ledger-db', DENIED)],
    ],
  },
};
