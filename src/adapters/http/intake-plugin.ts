/**
 * The intake as a Fastify plugin: raw bodies, a bound on what is on its way. Where it listens, who it answers to (loopback, no
 * pages of other sites), and what errors look like, is the server's that it is registered with.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { InputName } from '../../model/accounting.ts';
import { CounterfoilError } from '../../model/errors.ts';
import type { ByteBudget } from './budget.ts';
import type { IntakeGate } from './intake-gate.ts';
import { addOtlpRoutes } from './otlp-routes.ts';
import { takeRawBodies } from './raw-body.ts';
import { addRecordRoutes } from './record-routes.ts';

export interface IntakePluginOptions {
  gate: IntakeGate;
  budget: ByteBudget;
  maxBodyBytes: number;
  /** Inputs that can be ended; null: the run is not bounded. */
  bounded: readonly InputName[] | null;
  onInternalError: (error: Error) => void;
  /** Is told of every answer, for metrics. */
  onAnswer?: (endpoint: string, status: number) => void;
}

/** All of the intake: `/intake/…`, `/v1/traces` and `/v1/logs`. */
export async function intakePlugin(app: FastifyInstance, options: IntakePluginOptions): Promise<void> {
  await app.register(async (scope) => {
    prepare(scope, options);
    scope.setErrorHandler(rephrase(options.maxBodyBytes));
    addRecordRoutes(scope, options);
  });
  await app.register(otlpPlugin, options);
}

/** OTLP alone, for the port on which exporters expect it. */
export async function otlpPlugin(app: FastifyInstance, options: IntakePluginOptions): Promise<void> {
  await app.register(async (scope) => {
    prepare(scope, options);
    addOtlpRoutes(scope, options);
  });
}

function prepare(scope: FastifyInstance, { budget, maxBodyBytes, onAnswer }: IntakePluginOptions): void {
  // Schemas describe; bodies are judged record by record, by the formats.
  scope.setValidatorCompiler(() => () => true);
  takeRawBodies(scope, { budget, maxBodyBytes });
  if (onAnswer === undefined) return;
  scope.addHook('onResponse', async (request: FastifyRequest, reply: FastifyReply) => {
    onAnswer(request.routeOptions.url ?? '', reply.statusCode);
  });
}

/** Says the limit that holds here; the server's own handler does the rest. */
function rephrase(maxBodyBytes: number): (error: Error) => never {
  return (error) => {
    if (!('code' in error) || error.code !== 'FST_ERR_CTP_BODY_TOO_LARGE') throw error;
    throw new CounterfoilError(
      'CF_OVER_LIMIT',
      `The body is larger than ${maxBodyBytes} bytes. Send it in several requests.`,
    );
  };
}
