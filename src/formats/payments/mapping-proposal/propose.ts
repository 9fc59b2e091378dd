/**
 * Proposes how payment records of a company's own form are read, from a sample of them (`counterfoil init`).
 *
 * What: each field is weighed as each part, by its name (60 %) and by its values (40 %), and the surest pair is taken first, then the next
 * of what is left. Values must fit in any case; a name is needed but for what values tell alone (a currency, a time, words that are states).
 * A field whose name means another part is hardly ever taken for this one. Why so: names lie less than values, and values keep names
 * honest; taking the surest first keeps a field that is clearly the order's id from becoming the payment's. The currency comes after the
 * amount, since records have several and the one beside the amount is meant.
 *
 * Cost: fields x parts. The order of the records does not matter. Worked example: of `{"created_at", "updated_at"}` with times in both the time is
 * `updated_at` (0.85), and `created_at` (0.67) is told as another that might be meant.
 */
import { MAPPED_PARTS, type MappedPart, type PaymentMapping } from '../../../model/payment-mapping.ts';
import { UNTOLD_RAIL } from '../../../model/payment.ts';
import { currencyExponent } from '../../../model/money.ts';
import { currencyInName, nameScores, saysMinorUnits } from './name-score.ts';
import type { NamedPart } from './part-names.ts';
import { evidenceOf } from './evidence.ts';
import { fitOf, READ_TIMES, share, TELLING } from './part-fit.ts';
import {
  ID_PARTS,
  type Evidence,
  type MappingProposal,
  type Missing,
  type NamedValue,
  type ProposedNames,
  type ProposedPart,
} from './proposal.ts';
import type { FieldProfile, SampleProfile } from './sample-profile.ts';
import { formsOf } from './value-form.ts';
import { attributesIn } from './attribute-names.ts';
import { ourRail, ourState, type Vocabulary } from './state-words.ts';

const BY_NAME = 0.6;
const BY_VALUES = 0.4;
/** Less is a guess. */
const ENOUGH = 0.3;
/** What is nearly as good might be meant instead. */
const CLOSE = 0.7;
const MAX_OTHERS = 2;
/** A name that may mean the part. */
const NEAR = 0.1;
const MEANS_ANOTHER = 0.3;
const BESIDE_THE_AMOUNT = 0.25;
const DEEPER = 0.01;
/** Longer runs of digits are numbers of somebody, whatever field they stand in. */
const MANY_DIGITS = 8;

/** A field weighed as a part. */
interface Candidate {
  part: MappedPart;
  field: FieldProfile;
  score: number;
  byName: boolean;
}

/** @param isShowable whether a value may stand in a configuration, as it is */
export function proposeMapping(
  sample: SampleProfile,
  vocabulary: Vocabulary,
  isShowable: (value: string) => boolean,
): MappingProposal {
  const candidates = sample.fields.flatMap((field) => candidatesOf(field, sample.records, vocabulary));
  const chosen = assigned(
    candidates.filter(({ part }) => part !== 'currency'),
    new Map(),
  );
  const currencies = besideAmount(
    candidates.filter(({ part }) => part === 'currency'),
    chosen.get('amount'),
  );
  assigned(currencies, chosen);
  return new Draft(
    sample,
    [...candidates.filter(({ part }) => part !== 'currency'), ...currencies],
    chosen,
    vocabulary,
    isShowable,
  ).proposal();
}

function candidatesOf(field: FieldProfile, records: number, vocabulary: Vocabulary): Candidate[] {
  const names = nameScores(field.path);
  const best = Math.max(0, ...names.values());
  return MAPPED_PARTS.flatMap((part) => {
    const { fit, enough } = fitOf(part, field, records, vocabulary);
    const name = names.get(part) ?? 0;
    if (fit === 0 || (name === 0 && !enough)) return [];
    const doubt = meansAnother(names, part, best) || isOneOfMany(field, part) ? MEANS_ANOTHER : 1;
    const score = (BY_NAME * name + BY_VALUES * fit) * doubt;
    const depth = DEEPER * (field.path.length - 1);
    return score - depth < ENOUGH ? [] : [{ part, field, score: score - depth, byName: name > 0 }];
  });
}

function meansAnother(names: ReadonlyMap<NamedPart, number>, part: MappedPart, best: number): boolean {
  return best > (names.get(part) ?? 0) + 0.2;
}

/** A record is of one payment at one time: what stands in a list with others is that of another record, or of an earlier state. */
function isOneOfMany({ amongMore }: FieldProfile, part: MappedPart): boolean {
  return amongMore > 0 && (part === 'id' || part === 'time' || part === 'state');
}

/** The surest first; of equals the one that stands less deep, then by name, so that the order of records is nothing. */
function assigned(
  candidates: readonly Candidate[],
  chosen: Map<MappedPart, Candidate>,
): Map<MappedPart, Candidate> {
  const used = new Set([...chosen.values()].map(({ field }) => field));
  for (const candidate of candidates.toSorted(bySurety)) {
    if (chosen.has(candidate.part) || used.has(candidate.field)) continue;
    chosen.set(candidate.part, candidate);
    used.add(candidate.field);
  }
  return chosen;
}

function bySurety(a: Candidate, b: Candidate): number {
  if (a.score !== b.score) return b.score - a.score;
  if (a.field.pointer !== b.field.pointer) return a.field.pointer < b.field.pointer ? -1 : 1;
  return MAPPED_PARTS.indexOf(a.part) - MAPPED_PARTS.indexOf(b.part);
}

function besideAmount(currencies: readonly Candidate[], amount: Candidate | undefined): Candidate[] {
  return currencies.map((candidate) => {
    const isBeside = amount !== undefined && parentOf(candidate.field) === parentOf(amount.field);
    return isBeside ? { ...candidate, score: candidate.score + BESIDE_THE_AMOUNT } : candidate;
  });
}

function parentOf({ pointer }: FieldProfile): string {
  return pointer.startsWith('/') ? pointer.slice(0, pointer.lastIndexOf('/')) : '';
}

/** What was chosen, put into words. */
class Draft {
  readonly #sample: SampleProfile;
  readonly #candidates: readonly Candidate[];
  readonly #chosen: ReadonlyMap<MappedPart, Candidate>;
  readonly #vocabulary: Vocabulary;
  readonly #isShowable: (value: string) => boolean;

  constructor(
    sample: SampleProfile,
    candidates: readonly Candidate[],
    chosen: ReadonlyMap<MappedPart, Candidate>,
    vocabulary: Vocabulary,
    isShowable: (value: string) => boolean,
  ) {
    this.#sample = sample;
    this.#candidates = candidates;
    this.#chosen = chosen;
    this.#vocabulary = vocabulary;
    this.#isShowable = isShowable;
  }

  proposal(): MappingProposal {
    const amount = this.#chosen.get('amount')?.field;
    const time = this.#chosen.get('time')?.field;
    const form = time === undefined ? 'rfc3339' : timeFormOf(time);
    const rails = this.#names('rail', (word) => ourRail(word, this.#vocabulary));
    const known = [...new Set(rails.values.map(({ ours }) => ours).filter((rail) => rail !== null))];
    const currencyName =
      amount === undefined || this.#isEverywhere('currency') ? null : currencyInName(amount.path);
    return {
      records: this.#sample.records,
      parts: this.#parts(currencyName),
      states: this.#names('state', (word) => ourState(word, known, this.#vocabulary)),
      rails,
      currencyName,
      railName: this.#isEverywhere('rail') ? null : UNTOLD_RAIL,
      attributes: attributesIn(this.#sample, new Set([...this.#chosen.values()].map(({ field }) => field))),
      timeForm: form === 'local_time' ? 'rfc3339' : form,
      timeFormUnsure: time !== undefined && isEitherOrder(time),
      localTime: ['local_time', 'day_first', 'month_first'].includes(form),
      ...this.#amountForm(),
      amountAlone: this.#amountAlone(currencyName),
      missing: this.#missing(currencyName),
      unread: this.#unread(),
    };
  }

  #isEverywhere(part: MappedPart): boolean {
    return (this.#chosen.get(part)?.field.present ?? 0) >= this.#sample.records;
  }

  #amountAlone(currencyName: string | null): Evidence | null {
    const amount = this.#chosen.get('amount');
    const hasCurrency = this.#chosen.has('currency') || currencyName !== null;
    return amount === undefined || hasCurrency ? null : evidenceOf(amount);
  }

  #parts(currencyName: string | null): ProposedPart[] {
    const isAlone = this.#amountAlone(currencyName) !== null;
    return MAPPED_PARTS.flatMap((part) => {
      const candidate = this.#chosen.get(part);
      if (candidate === undefined || (part === 'amount' && isAlone)) return [];
      return [{ part, ...evidenceOf(candidate), others: this.#others(candidate) }];
    });
  }

  #others({ part, field, score }: Candidate): Evidence[] {
    const taken = new Set([...this.#chosen.values()].map((candidate) => candidate.field));
    return this.#candidates
      .filter((other) => other.part === part && other.field !== field && !taken.has(other.field))
      .filter((other) => other.score >= CLOSE * score)
      .toSorted(bySurety)
      .slice(0, MAX_OTHERS)
      .map(evidenceOf);
  }

  /** A word that is not known and was met once among many may be the text of somebody. */
  #names(part: 'state' | 'rail', ours: (word: string) => string | null): ProposedNames {
    const words = [...(this.#chosen.get(part)?.field.words ?? [])];
    const named = words.map(([value, records]): NamedValue => ({ value, records, ours: ours(value) }));
    const values = named.filter(({ value, records, ours: known }) => {
      const isName = known !== null || records > 1 || this.#sample.records < TELLING;
      return isName && isShort(value) && this.#isShowable(value);
    });
    return {
      values: values.toSorted((a, b) => b.records - a.records || (a.value < b.value ? -1 : 1)),
      hidden: words.length - values.length,
    };
  }

  /** Digits alone may be cents or euros; a mark of decimals anywhere settles it. */
  #amountForm(): Pick<MappingProposal, 'amountForm' | 'amountFormUnsure'> {
    const sure = (
      amountForm: PaymentMapping['amountForm'],
    ): Pick<MappingProposal, 'amountForm' | 'amountFormUnsure'> => ({
      amountForm,
      amountFormUnsure: false,
    });
    const field = this.#chosen.get('amount')?.field;
    if (field === undefined) return sure('decimal');
    // `1.234` is a decimal and, among amounts with commas, a thousand.
    if (share(field, 'decimal_comma') > share(field, 'decimal')) return sure('decimal_comma');
    if (share(field, 'decimal') > 0) return sure('decimal');
    if (saysMinorUnits(field.path)) return sure('minor');
    const currencies = [...(this.#chosen.get('currency')?.field.words?.keys() ?? [])];
    const haveDecimals = currencies.some((code) => currencyExponent(code.toUpperCase()) !== 0);
    if (currencies.length > 0 && !haveDecimals) return sure('decimal');
    return { amountForm: 'minor', amountFormUnsure: true };
  }

  #missing(currencyName: string | null): Missing[] {
    const missing: Missing[] = [];
    const note = (what: Missing['what'], blocks: boolean): void =>
      void missing.push({ what, blocks, candidates: this.#near(what) });
    if (!ID_PARTS.some((part) => this.#chosen.has(part as MappedPart))) note('id', true);
    if (!this.#chosen.has('time')) note('time', true);
    if (!this.#chosen.has('state')) note('state', true);
    if (!this.#chosen.has('rail')) note('rail', false);
    if (!this.#chosen.has('amount')) note('amount', false);
    else if (this.#amountAlone(currencyName) !== null) note('currency', false);
    return missing;
  }

  /** Fields whose name may mean the part, though they were not sure enough; an order's id where each payment has its own. */
  #near(part: Missing['what']): Evidence[] {
    const named = this.#sample.fields
      .map((field) => ({ field, score: nameScores(field.path).get(part) ?? 0 }))
      .filter(({ score }) => score >= NEAR)
      .toSorted((a, b) => b.score - a.score || (a.field.pointer < b.field.pointer ? -1 : 1))
      .map(({ field }) => evidenceOf({ field, byName: true }));
    const order = part === 'id' ? this.#chosen.get('order_id') : undefined;
    const isOwn = order !== undefined && order.field.distinct === order.field.present;
    return [...(isOwn ? [evidenceOf(order)] : []), ...named].slice(0, MAX_OTHERS);
  }

  /** What a name promises and a form keeps from being read. */
  #unread(): MappingProposal['unread'] {
    return this.#sample.fields.flatMap((field) => {
      const names = nameScores(field.path);
      const means = (part: MappedPart): boolean => (names.get(part) ?? 0) >= 0.4;
      if (means('time') && share(field, 'date') >= 0.5)
        return [{ pointer: field.pointer, why: 'days without a time' }];
      if (means('amount') && share(field, 'grouped') >= 0.1)
        return [{ pointer: field.pointer, why: 'amounts with marks between thousands' }];
      if (means('id') && share(field, 'lossy') > 0)
        return [{ pointer: field.pointer, why: 'numbers beyond 2^53 that are no text' }];
      return [];
    });
  }
}

function isShort(word: string): boolean {
  return formsOf(word).includes('word') && word.replaceAll(/\D/g, '').length < MANY_DIGITS;
}

/** No day of the sample is beyond the twelfth. */
function isEitherOrder(field: FieldProfile): boolean {
  return share(field, 'day_first') > 0 && share(field, 'day_first') === share(field, 'month_first');
}

function timeFormOf(field: FieldProfile): (typeof READ_TIMES)[number] {
  return READ_TIMES.reduce((best, form) => (share(field, form) > share(field, best) ? form : best));
}
