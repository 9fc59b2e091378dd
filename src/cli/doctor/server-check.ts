/** A check of servers: it judges what was looked at there, and says nothing where no server is configured. */
import type { CounterfoilError } from '../../model/errors.ts';
import { problem, type Check, type Finding, type Looks } from './check.ts';
import type { ServersLook } from './servers-look.ts';

export interface ServerCheck {
  name: string;
  looksFor: string;
  run: (servers: ServersLook, looks: Looks) => Finding[];
}

export function checkOfServers({ name, looksFor, run }: ServerCheck): Check {
  return { name, looksFor, run: (looks) => (looks.servers === null ? [] : run(looks.servers, looks)) };
}

/** The first sentence says what happened, the rest what to do; that is how every error is written. */
const PARTS = /^(?<found>.*?)(?:; |\. (?=[A-Z]))(?<toDo>.*)$/s;

/** What an error says, as a problem. */
export function faultProblem(place: string, { message }: CounterfoilError, why: string): Finding {
  const { found = message, toDo = '' } = PARTS.exec(message)?.groups ?? {};
  const advice = toDo === '' ? 'Look at the address, the login and the log of the server.' : sentence(toDo);
  return problem(place, { found, why, toDo: advice });
}

/** What an error says happened, without its advice. */
export function faultText({ message }: CounterfoilError): string {
  return PARTS.exec(message)?.groups?.['found'] ?? message;
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return first.endsWith('.') ? first : `${first}.`;
}
