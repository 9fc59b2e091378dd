/** One of the workers that a process may be (DESIGN 7). */
import type { MetricSample } from '../../ports/live-engine.ts';

export const ROLES = ['events', 'spans', 'payments', 'incidents', 'api'] as const;

export type RoleName = (typeof ROLES)[number];

export interface RoleState {
  ready: boolean;
  /** For `/readyz`: what it waits for, or how it is. */
  detail: string;
}

export interface Role {
  readonly name: RoleName;
  /** Works until stopped; rejects with what stopped it. */
  run(): Promise<void>;
  /** Takes nothing more, finishes what it has, commits; then `run` resolves. */
  stop(): Promise<void>;
  state(): Promise<RoleState>;
  samples(): Promise<MetricSample[]>;
}
