/**
 * The log of the process: ECS JSON, a line each, where a program reads it; plain words where a person does.
 *
 * By hand, because it is this much: no level to configure, no transport. Nothing of a record is ever logged, only counts, places and
 * names of our own, so there is nothing to redact either. Source: ECS logging specification (@timestamp, log.level, message,
 * ecs.version, in this order).
 */
import { formatInstant } from '../model/instant.ts';
import type { Clock } from '../ports/clock.ts';
import { LOG_EVENTS, type LogEvent } from './events.ts';

const ECS_VERSION = '8.17.0';

export type LogLevel = 'info' | 'warn' | 'error';

/** Fields by their ECS names, beside those that every line has. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

export interface Logger {
  log(level: LogLevel, event: LogEvent, detail?: string, fields?: LogFields): void;
}

export interface LoggerSettings {
  write: (text: string) => void;
  clock: Clock;
  /** For people, or ECS JSON. */
  plain: boolean;
  version: string;
}

export function createLogger({ write, clock, plain, version }: LoggerSettings): Logger {
  return {
    log(level, event, detail = '', fields = {}) {
      const message = detail === '' ? LOG_EVENTS[event] : `${LOG_EVENTS[event]}: ${detail}`;
      if (plain) return write(`${level === 'info' ? '' : `${level}: `}${message}\n`);
      const line = {
        '@timestamp': formatInstant(clock.now()),
        'log.level': level,
        message,
        'ecs.version': ECS_VERSION,
        'service.name': 'counterfoil',
        'service.version': version,
        'event.dataset': 'counterfoil.log',
        'event.action': event,
        ...fields,
      };
      write(`${JSON.stringify(line)}\n`);
    },
  };
}
