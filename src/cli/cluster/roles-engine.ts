/** The workers of a process, as the API sees an engine: how they are, and what they measure. */
import { CounterfoilError } from '../../model/errors.ts';
import type { Accounting } from '../../model/accounting.ts';
import type { EngineStatus, LiveEngine, MetricSample } from '../../ports/live-engine.ts';
import type { Role, RoleState } from './role.ts';

export class RolesEngine implements LiveEngine {
  readonly #roles: readonly Role[];
  readonly #accounting: (() => Accounting) | null;

  /** @param accounting of the incidents worker; null: it is in another process */
  constructor(roles: readonly Role[], accounting: (() => Accounting) | null) {
    this.#roles = roles;
    this.#accounting = accounting;
  }

  async checks(): Promise<Record<string, RoleState>> {
    const states = await Promise.all(
      this.#roles.map(async (role) => [role.name, await role.state()] as const),
    );
    return Object.fromEntries(states);
  }

  async status(): Promise<EngineStatus> {
    const nothing = { begin: 0, end: 0, bytes: 0, segments: 0 };
    return { state: 'running', bounded: null, lag: { records: 0, bytes: 0 }, log: nothing };
  }

  /** @throws CounterfoilError CF_NOT_FOUND where the incidents worker is in another process */
  async accounting(): Promise<Accounting> {
    if (this.#accounting !== null) return this.#accounting();
    throw new CounterfoilError(
      'CF_NOT_FOUND',
      'The accounts are with the incidents worker; ask the process that runs it.',
    );
  }

  async metrics(): Promise<MetricSample[]> {
    return (await Promise.all(this.#roles.map((role) => role.samples()))).flat();
  }
}
