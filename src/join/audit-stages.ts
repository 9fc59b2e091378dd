/**
 * Stages of audited requests, merged without holding the requests (SPEC F3, F4).
 *
 * What: an API server logs one request up to four times (received, started, complete, panic), in any order once
 * several servers and shippers are between. Rules must see the last stage only, since only it knows the response.
 * How: every stage is noted in a packed table (request -> latest stage, last time); only what a rule matched is kept,
 * and is dropped at the end where a later stage of the same request exists.
 *
 * Why the key is more than the auditID: a client may choose it (`Audit-ID` header). Were it the key alone, an
 * attacker could follow an exec with a harmless request of the same id and have the exec replaced by it. Stages of
 * one request also share user, verb and URI.
 *
 * Cost: about 60 bytes a request. Worked example: ResponseStarted at 14:00:02 matched `exec`; a ResponseComplete at
 * 14:05:00 of the same request arrives, before or after: the exec ends at 14:05:00 and is not ongoing.
 */
import { createHash } from 'node:crypto';
import type { Instant } from '../model/instant.ts';
import type { AuditStage, Observation } from '../model/observation.ts';
import type { RuleMatch } from '../model/security-event.ts';
import { KeyTable, wordsOfHex } from './key-table.ts';

interface StagedMatch extends RuleMatch {
  request: number;
}

export class AuditStages {
  readonly #requests = new KeyTable();
  readonly #latestRank: number[] = [];
  readonly #latestTime: Instant[] = [];
  readonly #lastEnd: Instant[] = [];
  readonly #matches: StagedMatch[] = [];

  /** Notes a stage and what the rules say of it; call for every audit observation, matched or not. */
  add(observation: Observation, stage: AuditStage, matches: readonly RuleMatch[]): void {
    const request = this.#ordinalOf(observation, stage);
    const rank = this.#latestRank[request] ?? -1;
    const time = this.#latestTime[request] ?? 0;
    if (stage.rank > rank || (stage.rank === rank && observation.end > time)) {
      this.#latestRank[request] = stage.rank;
      this.#latestTime[request] = observation.end;
    }
    this.#lastEnd[request] = Math.max(this.#lastEnd[request] ?? 0, observation.end);
    for (const match of matches) this.#matches.push({ ...match, request });
  }

  /**
   * The matches of the latest stage of each request, with the request's whole duration.
   * @param latest the latest time of the input: where an unfinished session is taken to have got to
   * @param sessionCap the longest that an unfinished session is believed to go on
   */
  settle(latest: Instant, sessionCap: number): { match: RuleMatch; ongoing: boolean }[] {
    const settled: { match: RuleMatch; ongoing: boolean }[] = [];
    for (const { request, ...match } of this.#matches) {
      const known = {
        rank: this.#latestRank[request] ?? -1,
        time: this.#latestTime[request] ?? 0,
        lastEnd: this.#lastEnd[request] ?? 0,
      };
      const each = settleMatch(match, known, latest, sessionCap);
      if (each !== null) settled.push(each);
    }
    return settled;
  }

  #ordinalOf(observation: Observation, stage: AuditStage): number {
    return this.#requests.insert(...wordsOfHex(requestIdOf(observation, stage)));
  }
}

/** What is known of the stages of one request. */
export interface RequestStages {
  /** Rank of the latest stage. */
  rank: number;
  /** Time of the latest stage of that rank. */
  time: Instant;
  lastEnd: Instant;
}

/** 32 hex digits that stand for the request that a stage belongs to. */
export function requestIdOf(observation: Observation, stage: AuditStage): string {
  const parts = [stage.auditId, observation.actor ?? '', observation.action, observation.detail ?? ''];
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32);
}

/** A match with its request's whole duration; null where a later stage of the request exists. */
export function settleMatch(
  match: RuleMatch,
  request: RequestStages,
  latest: Instant,
  sessionCap: number,
): { match: RuleMatch; ongoing: boolean } | null {
  const { observation } = match;
  const { stage, start } = observation;
  if (stage === null || stage.rank !== request.rank || observation.end !== request.time) return null;
  const lastEnd = Math.max(request.lastEnd, start);
  const ongoing = stage.session && stage.rank === STARTED;
  const end = ongoing ? Math.max(lastEnd, Math.min(start + sessionCap, latest)) : lastEnd;
  return { match: { ...match, observation: { ...observation, end } }, ongoing };
}

const STARTED = 1;
