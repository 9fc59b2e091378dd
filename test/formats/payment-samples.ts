/** One record of each format of payments: our own in full, the others as their makers publish them. */
import { fixture } from './format-context.ts';
import { paymentRecord } from './sample-records.ts';

function stripeText(): string {
  const event = JSON.parse(fixture('stripe/event.json')) as object;
  const charge: unknown = JSON.parse(fixture('stripe/charge.json'));
  return JSON.stringify({ ...event, type: 'charge.captured', data: { object: charge } }, null, 2);
}

/** Text by source. */
export const PAYMENT_SAMPLES: Readonly<Record<string, () => string>> = {
  payments: () => JSON.stringify(paymentRecord(), null, 2),
  stripe: stripeText,
  adyen: () => fixture('adyen/authorisationTrue.json'),
  iso8583: () => fixture('iso8583/iso_reversal_message.json'),
  iso20022: () => fixture('iso20022/pacs008.xml'),
};
