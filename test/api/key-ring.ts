/** Keys as a listener sees them, and servers that ask for them. */
import type { Refusal } from '../../src/api/access-guard.ts';
import type { Doorway } from '../../src/api/listen.ts';
import type { Scope } from '../../src/model/access.ts';
import type { AccessKeys } from '../../src/ports/access-keys.ts';

/** Keys that are what they are named: the key `read` may read. */
export const NAMED_KEYS: AccessKeys = {
  demanded: () => true,
  grantOf: (key) =>
    ['intake', 'read', 'write'].includes(key) ? { id: `id-${key}`, scopes: [key as Scope] } : null,
};

export function doorwayFor(keys: AccessKeys, refusals: Refusal[] = []): Doorway {
  return {
    tls: null,
    access: { keys, certificates: false, onRefused: (refusal) => refusals.push(refusal) },
    loopbackOnly: true,
  };
}
