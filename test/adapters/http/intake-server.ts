/** The intake on a real socket, in front of whatever takes the records. */
import { request } from 'node:http';
import { ByteBudget } from '../../../src/adapters/http/budget.ts';
import { IntakeGate } from '../../../src/adapters/http/intake-gate.ts';
import { intakePlugin } from '../../../src/adapters/http/intake-plugin.ts';
import { createServer } from '../../../src/api/base-server.ts';
import type { Doorway } from '../../../src/api/listen.ts';
import { listenOnLoopback } from '../../../src/api/loopback.ts';
import type { InputName } from '../../../src/model/accounting.ts';
import type { Intake, IntakeAnswer, IntakeRequest } from '../../../src/ports/intake.ts';

export interface ServerSettings {
  maxBodyBytes?: number;
  budgetBytes?: number;
  bounded?: readonly InputName[] | null;
  doorway?: Doorway;
}

export interface IntakeServer {
  url: string;
  gate: IntakeGate;
  errors: Error[];
  answered: string[];
  post(path: string, body: string | Uint8Array, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  json(): Record<string, unknown>;
}

export async function serveIntake(intake: Intake, settings: ServerSettings = {}): Promise<IntakeServer> {
  const { maxBodyBytes = 1_000_000, budgetBytes = 10_000_000, bounded = null } = settings;
  const gate = new IntakeGate(intake);
  const errors: Error[] = [];
  const answered: string[] = [];
  const onInternalError = (error: Error): void => void errors.push(error);
  const app = createServer(onInternalError, settings.doorway);
  void app.register(intakePlugin, {
    gate,
    budget: new ByteBudget(budgetBytes),
    maxBodyBytes,
    bounded,
    onInternalError,
    onAnswer: (endpoint, status) => answered.push(`${endpoint} ${status}`),
  });
  const url = await listenOnLoopback(app, { port: 0 });
  return {
    url,
    gate,
    errors,
    answered,
    post: (path, body, headers) => post(url, path, body, headers),
    close: () => app.close(),
  };
}

/** As programs send it: `fetch` would add what only browsers say. */
export async function post(
  url: string,
  path: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { method: 'POST', headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const whole = Buffer.concat(chunks);
        const json = (): Record<string, unknown> =>
          JSON.parse(whole.toString('utf8')) as Record<string, unknown>;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: whole, json });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** An intake that answers as it is told, and remembers what it was asked. */
export class ToldIntake implements Intake {
  answer: IntakeAnswer | Error = { kind: 'taken', records: 1, items: 1, refusedItems: 0, refusals: [] };
  readonly requests: IntakeRequest[] = [];
  readonly ended: InputName[] = [];
  /** Set: answers wait for it. */
  hold: Promise<void> | null = null;

  async submit(asked: IntakeRequest): Promise<IntakeAnswer> {
    this.requests.push(asked);
    await this.hold;
    if (this.answer instanceof Error) throw this.answer;
    return this.answer;
  }

  async end(input: InputName): Promise<void> {
    await Promise.resolve();
    this.ended.push(input);
  }
}
