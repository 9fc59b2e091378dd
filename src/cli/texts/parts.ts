/** Pieces that the texts for people share. */
import type { PaymentPart } from '../../model/documents/parts.ts';
import { formatDuration } from '../../config/durations.ts';
import type { Micros } from '../../model/instant.ts';
import { printable } from '../text-width.ts';

/** Rows of a name and a value, aligned; rows with an empty value are left out. */
export function facts(rows: readonly (readonly [name: string, value: string | undefined])[]): string[] {
  const kept = rows.filter(([, value]) => value !== undefined && value !== '');
  const left = Math.max(0, ...kept.map(([name]) => name.length));
  return kept.map(([name, value]) => `  ${name.padEnd(left)}  ${printable(value ?? '')}`);
}

/** `48000.00 EUR`. */
export function amountText(payment: PaymentPart): string {
  return `${payment.amount.value} ${payment.amount.currency}`;
}

/** What can be done, in order, with who decides and until when. */
export function recoverLines(payment: PaymentPart): string[] {
  if (payment.recover.length === 0) return ['  Nothing is left to do: the money is final.'];
  const steps = payment.recover.map((step) => {
    const who = step.class === 'stoppable' ? 'we alone decide' : 'another party must agree';
    return `  ${printable(step.action)} (${who}) ${step.until === null ? 'without a deadline' : `before ${step.until}`}`;
  });
  const last = payment.recover.at(-1);
  return last?.until === null ? steps : [...steps, '  then nothing: the money is final'];
}

/** A gap in words: `90s before the event`. */
export function gapText(gap: Micros): string {
  if (gap === 0) return 'none: they meet';
  return gap < 0 ? `${formatDuration(-gap)} before the event` : `${formatDuration(gap)} after the event`;
}

/** `1 payment`, `2 payments`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
