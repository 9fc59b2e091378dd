/**
 * What the name of a member says about what is under it; and the name that stands beside a value, in `{name: "DB_PASSWORD", value: "..."}`, as specs of
 * pods write the environment and OTLP its attributes.
 *
 * Cost: records have the same names over and over, so that what is told of a name is remembered, but only of names that redaction leaves as
 * they are: what must not be stored must not be kept here either.
 * Worked example: `cvv` -> 'remove'; `clientSecret` -> 'hide'; `CI_TOKEN` -> 'weak'; `cookie` -> 'header'; `value` -> 'value'.
 */
import { isCredentialHeader } from './header-secrets.ts';
import { strengthOf } from './secret-names.ts';
import { isSensitiveKey } from './secrets.ts';

/**
 * What is done with a member: kept and looked into; removed whatever it is; a secret where it is text; a secret where it is the value beside such a
 * name; credentials of a request; what the name beside it says.
 */
export type Treatment = 'keep' | 'remove' | 'hide' | 'weak' | 'header' | 'value';

/** Names that are remembered: how many, and how long. */
const MAX_NAMES = 10_000;
const MAX_NAME = 64;

/** Members that hold a value -> those beside them that hold its name. */
const BESIDE: ReadonlyMap<string, readonly [name: string, key: string]> = new Map([
  ['value', ['name', 'key']],
  ['Value', ['Name', 'Key']],
  ['v', ['k', 'k']],
]);
/** Members that hold the value of a member, and nothing else. */
const VALUES: ReadonlySet<string> = new Set([...BESIDE.keys(), 'stringValue', 'string_value']);

const known = new Map<string, Treatment>();

/** What was told of a name before. */
export function knownTreatment(name: string): Treatment | undefined {
  return known.get(name);
}

/** What a name says, told anew. */
export function treatmentOf(name: string): Treatment {
  if (BESIDE.has(name)) return 'value';
  if (isSensitiveKey(name)) return 'remove';
  const strength = strengthOf(name);
  if (strength !== null) return strength === 'strong' ? 'hide' : 'weak';
  return isCredentialHeader(name) ? 'header' : 'keep';
}

/** @param name that redaction leaves as it is */
export function remember(name: string, treatment: Treatment): void {
  if (name.length > MAX_NAME) return;
  if (known.size >= MAX_NAMES) known.clear();
  known.set(name, treatment);
}

/** Whether an object with this member alone is a value. */
export function isValueName(name: string): boolean {
  return VALUES.has(name);
}

/**
 * What the name beside a value says. Labels and tolerations have a key and a value too, so that a key counts only where it names nothing but a
 * secret.
 * @param member that holds the value
 */
export function treatmentBeside(
  members: { readonly [member: string]: unknown },
  member: string,
  of: (name: string) => Treatment,
): Treatment {
  const [called = '', keyed = ''] = BESIDE.get(member) ?? [];
  const name = members[called];
  const byName = typeof name === 'string' ? of(name) : 'keep';
  if (byName === 'weak') return 'hide';
  if (byName !== 'keep' && byName !== 'value') return byName;
  const key = members[keyed];
  const byKey = typeof key === 'string' ? of(key) : 'keep';
  return byKey === 'weak' || byKey === 'value' ? 'keep' : byKey;
}
