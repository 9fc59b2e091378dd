/**
 * Fields that hold what deadlines are computed from (data/recoverability.yaml): until when a payment can still be stopped is known better from its own
 * record than from the usual cut-off. Only plain days and times with a zone are read there, so that no other form is proposed.
 */
import { evidenceOf } from './evidence.ts';
import { namesIn, wordsOf } from './name-words.ts';
import { share } from './part-fit.ts';
import type { ProposedAttribute } from './proposal.ts';
import type { FieldProfile, SampleProfile } from './sample-profile.ts';

const NAMES: Readonly<Record<string, string>> = {
  capture_at: `capture at, capture time, capture date, capture due at`,
  authorization_expires_at: `authorization expires at, authorisation expires at, auth expires at, authorization expiry, authorized until`,
  clearing_at: `clearing at, clearing time, clearing date`,
  cutoff_at: `cutoff at, cut off at, cutoff, cut off, cutoff time, cut off time, annahmeschluss`,
  payout_at: `payout at, payout time, payout date, auszahlung am, auszahlungsdatum`,
  representment_due_at: `representment due at, representment due date, dispute due at, dispute due date`,
  settlement_date: `settlement date, interbank settlement date, value date, wertstellung, valuta, date valeur, date de valeur, date reglement`,
  transmit_at: `transmit at, transmission time, transmission at, file transmission time`,
};
const ATTRIBUTES = new Map(
  Object.entries(NAMES).flatMap(([attribute, names]) =>
    namesIn(names).map((name) => [name, attribute] as const),
  ),
);
const NEARLY_ALL = 0.9;

/** At most one field for each attribute: that which most records have; of equals the first by name. */
export function attributesIn(
  { fields }: SampleProfile,
  taken: ReadonlySet<FieldProfile>,
): ProposedAttribute[] {
  const found = new Map<string, FieldProfile>();
  for (const field of fields) {
    const name = ATTRIBUTES.get(wordsOf(field.path.at(-1) ?? '').join(''));
    const isRead = share(field, 'day') + share(field, 'rfc3339') >= NEARLY_ALL;
    if (name === undefined || !isRead || taken.has(field) || field.amongMore > 0) continue;
    if (field.present > (found.get(name)?.present ?? 0)) found.set(name, field);
  }
  return [...found]
    .map(([name, field]) => ({ name, ...evidenceOf({ field, byName: true }) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
