/** What every route is given: where documents are, whose, and what time it is. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { Clock } from '../ports/clock.ts';
import type { DeadLetters } from '../ports/dead-letters.ts';
import type { Redrives } from '../ports/redrives.ts';
import type { RetroJobs } from '../ports/retro-jobs.ts';
import type { LiveEngine, MetricSample } from '../ports/live-engine.ts';
import type { IncidentIndex } from '../ports/incident-index.ts';

/** What there is beside documents where an engine runs. */
export interface LiveContext {
  engine: LiveEngine;
  deadLetters: DeadLetters;
  redrives: Redrives;
  /** Answers questions about yesterday; absent where nobody does. */
  retro?: RetroJobs;
  /** Whether the process has been asked to stop, and takes no more records. */
  stopping: () => boolean;
  /** What this thread has measured itself. */
  ownMetrics: () => MetricSample[];
  /** What `/readyz` says, by name, where several workers run; absent: what the index and the one engine say. */
  checks?: () => Promise<Readonly<Record<string, ReadinessCheck>>>;
}

export interface ReadinessCheck {
  ready: boolean;
  detail: string;
}

export interface ApiContext {
  index: IncidentIndex;
  tenant: string;
  clock: Clock;
  version: string;
  /** An id as the index knows it: card numbers as their tokens, all else unchanged. */
  idValue: (id: string) => string;
  /** Links below it are weak: listed, in no sum (0..1). */
  minP: number;
  /** Null where documents are served and no engine runs. */
  live: LiveContext | null;
}

/** A server whose routes take their types from their schemas. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export type AddRoutes = (app: Api, context: ApiContext) => void;
