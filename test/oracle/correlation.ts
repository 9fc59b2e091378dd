/**
 * Correlation rules by brute force: every window is looked at by itself, with nothing kept from the one before. Written from
 * SPEC G4 and the specification, sharing nothing with src/rules.
 */

export interface OracleRecord {
  id: string;
  at: number;
  /** The base rule that it matches. */
  rule: string;
  fields: Record<string, OracleValue | OracleValue[] | undefined>;
}

export type OracleValue = string | number;

export interface OracleCorrelation {
  name: string;
  type:
    | 'event_count'
    | 'value_count'
    | 'temporal'
    | 'temporal_ordered'
    | 'value_sum'
    | 'value_avg'
    | 'value_percentile'
    | 'value_median';
  rules: string[];
  groupBy: string[];
  /** Alias -> rule -> field. */
  aliases: Record<string, Record<string, string>>;
  field: string | null;
  /** Of value_percentile, with one decimal at most. */
  percentile: number | null;
  timespan: number;
  condition: Record<string, number>;
}

export interface OracleMatch {
  rule: string;
  group: string;
  at: number;
  records: OracleRecord[];
}

interface OracleMember {
  rule: string;
  at: number;
  id: string;
  records: OracleRecord[];
}

/** The matches of all rules; each rule stands behind those it names. */
export function correlateByForce(rules: OracleCorrelation[], records: OracleRecord[]): OracleMatch[] {
  const found: OracleMatch[] = [];
  for (const rule of rules) found.push(...matchesOfRule(rule, membersOf(rule, records, found)));
  return found;
}

function membersOf(rule: OracleCorrelation, records: OracleRecord[], found: OracleMatch[]): OracleMember[] {
  return rule.rules.flatMap((name) => [
    ...records
      .filter((record) => record.rule === name)
      .map((record) => ({ rule: name, at: record.at, id: record.id, records: [record] })),
    ...found
      .filter((match) => match.rule === name)
      .map((match) => ({
        rule: name,
        at: match.at,
        id: `${match.rule} ${match.group} ${match.at}`,
        records: match.records,
      })),
  ]);
}

function matchesOfRule(rule: OracleCorrelation, members: OracleMember[]): OracleMatch[] {
  const groups = new Set(members.flatMap((member) => groupsOf(rule, member)));
  return [...groups].flatMap((group) =>
    matchesOfGroup(
      rule,
      group,
      members.filter((member) => groupsOf(rule, member).includes(group)),
    ),
  );
}

function groupsOf(rule: OracleCorrelation, { rule: name, records }: OracleMember): string[] {
  const combos = records.map(({ fields }) => {
    const lists = rule.groupBy.map((field) => {
      const value = fields[rule.aliases[field]?.[name] ?? field];
      return value === undefined ? [] : [...new Set([value].flat())];
    });
    return lists.reduce<OracleValue[][]>((all, list) => all.flatMap((a) => list.map((b) => [...a, b])), [[]]);
  });
  return [...new Set(combos.flat().map((combo) => JSON.stringify(combo)))];
}

function matchesOfGroup(rule: OracleCorrelation, group: string, members: OracleMember[]): OracleMatch[] {
  const times = [...new Set(members.map(({ at }) => at))].toSorted((a, b) => a - b);
  const matches: { at: number; records: Set<OracleRecord> }[] = [];
  for (const time of times) {
    const inWindow = members.filter(({ at }) => at >= time - rule.timespan && at <= time);
    const { value, counted } = valueOf(rule, inWindow);
    if (value === null || !holds(rule.condition, value)) continue;
    let match = matches.at(-1);
    if (match === undefined || time > match.at + rule.timespan)
      matches.push((match = { at: time, records: new Set() }));
    for (const { records } of counted) for (const record of records) match.records.add(record);
  }
  return matches.map(({ at, records }) => ({ rule: rule.name, group, at, records: [...records] }));
}

/** An exact number: billionths, divided by `per`. */
interface Fraction {
  billionths: bigint;
  per: bigint;
}

/** What is counted or measured in a window, and the members that make it; null where there is no number. */
function valueOf(
  rule: OracleCorrelation,
  members: OracleMember[],
): { value: Fraction | null; counted: OracleMember[] } {
  const whole = (count: number): Fraction => ({ billionths: billionths(count), per: 1n });
  switch (rule.type) {
    case 'event_count':
      return { value: whole(new Set(members.map(({ id }) => id)).size), counted: members };
    case 'temporal':
      return { value: whole(new Set(members.map(({ rule: name }) => name)).size), counted: members };
    case 'value_count':
      return { value: whole(new Set(fieldOf(rule, members).map(([, each]) => each)).size), counted: members };
    case 'temporal_ordered': {
      const run = longestRun(rule.rules, members);
      return { value: whole(run.length), counted: members.filter(({ at }) => at >= run.from) };
    }
    default:
      return { value: measured(rule, numbersOf(rule, members)), counted: members };
  }
}

/** The values of the field, each with its record. */
function fieldOf(
  rule: OracleCorrelation,
  members: OracleMember[],
): [record: OracleRecord, value: OracleValue][] {
  const field = rule.field ?? '';
  return members.flatMap(({ rule: name, records }) =>
    records.flatMap((record) =>
      [record.fields[rule.aliases[field]?.[name] ?? field] ?? []]
        .flat()
        .map((value): [OracleRecord, OracleValue] => [record, value]),
    ),
  );
}

/** In order; of a record each number once. */
function numbersOf(rule: OracleCorrelation, members: OracleMember[]): bigint[] {
  const byRecord = new Map(
    fieldOf(rule, members)
      .filter(([, value]) => /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(String(value)))
      .map(([{ id }, value]) => [`${id} ${Number(value)}`, billionths(Number(value))]),
  );
  return [...byRecord.values()].toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function measured(rule: OracleCorrelation, numbers: bigint[]): Fraction | null {
  if (numbers.length === 0) return null;
  const sum = numbers.reduce((total, each) => total + each, 0n);
  if (rule.type === 'value_sum') return { billionths: sum, per: 1n };
  if (rule.type === 'value_avg') return { billionths: sum, per: BigInt(numbers.length) };
  // In thousandths of a step from one number to the next.
  const place = Math.round((rule.type === 'value_median' ? 50 : (rule.percentile ?? NaN)) * 10);
  const steps = place * (numbers.length - 1);
  const low = numbers[Math.floor(steps / 1000)] ?? 0n;
  const high = numbers[Math.ceil(steps / 1000)] ?? 0n;
  return { billionths: low * 1000n + (high - low) * BigInt(steps % 1000), per: 1000n };
}

function billionths(value: number): bigint {
  return BigInt(value.toFixed(9).replace('.', ''));
}

/** Of all ways to take members of different rules in order, the longest; of those, the one that begins last. */
function longestRun(rules: string[], members: OracleMember[]): { length: number; from: number } {
  let best = { length: 0, from: Infinity };
  const extend = (next: number, after: number, length: number, from: number): void => {
    if (length > best.length || (length === best.length && from > best.from)) best = { length, from };
    for (let place = next; place < rules.length; place += 1) {
      for (const { rule, at } of members) {
        if (rule === rules[place] && at >= after) extend(place + 1, at, length + 1, length === 0 ? at : from);
      }
    }
  };
  extend(0, -Infinity, 0, -Infinity);
  return best;
}

function holds(condition: Record<string, number>, { billionths: above, per }: Fraction): boolean {
  const tests: Record<string, (bound: bigint) => boolean> = {
    gt: (bound) => above > bound,
    gte: (bound) => above >= bound,
    lt: (bound) => above < bound,
    lte: (bound) => above <= bound,
    eq: (bound) => above === bound,
    neq: (bound) => above !== bound,
  };
  return Object.entries(condition).every(
    ([order, bound]) => tests[order]?.(billionths(bound) * per) ?? false,
  );
}
