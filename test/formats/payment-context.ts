/** What payment formats need, for tests: as the command line composes it, read at a fixed time. */
import { loadConfig } from '../../src/config/load.ts';
import type { OptionName } from '../../src/config/options.ts';
import { paymentReading } from '../../src/cli/payment-reading.ts';
import type { PaymentContext, PaymentReading } from '../../src/formats/payments/payment-context.ts';
import { CONTEXT } from './format-context.ts';

/** @param flags texts of options, by name */
export function paymentReadingOf(flags: Partial<Record<OptionName, string>> = {}): PaymentReading {
  const texts = Object.fromEntries(
    Object.entries({ 'inputs.payments.near': '2026-03-10T00:00:00Z', ...flags }).map(([name, text]) => [
      name,
      [text],
    ]),
  );
  return paymentReading(loadConfig({ file: null, env: {}, flags: texts, cwd: '/', home: '/' }).config);
}

export const PAYMENT_READING = paymentReadingOf();
export const PAYMENT_CONTEXT: PaymentContext = { ...CONTEXT, ...PAYMENT_READING };
