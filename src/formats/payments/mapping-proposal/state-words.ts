/**
 * Our name for a state or a rail of a foreign vocabulary, where there is one that is meant for sure; null elsewhere, since a guess would change
 * what can be stopped.
 *
 * What: a word is looked up in our own names, in data/states.yaml (codes of ISO 20022, Stripe, Adyen) and in the words below. Rails have different
 * states (`accepted` of a SEPA transfer is `in_file` of an ACH credit), so that a word stands for several, in order: the one counts that most of the
 * rails in the sample have. Worked example: `In Bearbeitung` is `accepted` for sepa_ct, `in_file` for ach_credit, `created` for card.
 */
import { UNTOLD_RAIL } from '../../../model/payment.ts';
import type { StateTable } from '../payment-states.ts';
import { joinedWords, namesIn } from './name-words.ts';

export interface Vocabulary {
  /** Our states, by rail (data/recoverability.yaml). */
  rails: ReadonlyMap<string, ReadonlySet<string>>;
  /** data/states.yaml. */
  table: StateTable;
}

interface Meaning {
  states: readonly string[];
  /** What it is where all payments are by card. */
  card?: string;
  words: string;
}

const STATES: readonly Meaning[] = [
  {
    states: ['created', 'accepted', 'pending', 'in_file'],
    words: `created, new, initiated, initialized, init, draft, open, started, registered, entered, angelegt, neu, erfasst, erstellt, offen, eroffnet, cree, nouveau,
      initie, saisi, ouvert`,
  },
  {
    states: ['authorized', 'accepted', 'pending'],
    words: `authorized, authorised, auth, authorization, authorisation, preauthorized, reserved, autorisiert, reserviert, vorgemerkt, autorise, reserve`,
  },
  {
    states: ['accepted', 'pending', 'in_file', 'authorized'],
    words: `accepted, approved, confirmed, validated, verified, released, scheduled, queued, angenommen, akzeptiert, genehmigt, freigegeben, bestatigt, accepte,
      approuve, valide, confirme, planifie`,
  },
  {
    states: ['accepted', 'pending', 'in_file', 'created'],
    words: `pending, processing, in process, in progress, waiting, on hold, received, in clearing, wartend, ausstehend, schwebend, in bearbeitung, bearbeitung,
      in ausfuhrung, eingegangen, en attente, en cours, en cours de traitement, en traitement, recu`,
  },
  {
    states: ['sent', 'pending', 'captured'],
    words: `sent, submitted, dispatched, transmitted, executing, forwarded, gesendet, versendet, versandt, ubermittelt, weitergeleitet, envoye, transmis, emis, soumis`,
  },
  {
    states: ['captured', 'sent', 'settled'],
    words: `captured, capture, charged, eingezogen, capture effectuee`,
  },
  {
    states: ['settled'],
    card: 'captured',
    words: `completed, complete, done, success, succeeded, successful, paid, paid out, executed, finished, processed, ok, ausgefuhrt, abgeschlossen, bezahlt,
      erledigt, erfolgreich, execute, termine, paye, reussi, succes, effectue`,
  },
  {
    states: ['settled'],
    words: `settled, booked, posted, cleared, credited, gebucht, verbucht, gutgeschrieben, regle, comptabilise, credite`,
  },
  {
    states: ['rejected', 'failed'],
    words: `rejected, declined, refused, denied, blocked, abgelehnt, zuruckgewiesen, gesperrt, rejete, refuse, bloque`,
  },
  {
    states: ['failed', 'rejected'],
    words: `failed, failure, error, fehlgeschlagen, fehler, fehlerhaft, gescheitert, echoue, echec, erreur`,
  },
  {
    states: ['cancelled'],
    words: `cancelled, canceled, aborted, withdrawn, storniert, abgebrochen, zuruckgezogen, widerrufen, annule, abandonne`,
  },
  { states: ['voided', 'cancelled'], words: `voided, void` },
  { states: ['expired', 'cancelled'], words: `expired, timed out, timeout, abgelaufen, verfallen, expire` },
  { states: ['returned'], words: `returned, bounced, retour, rucklaufer, zuruckgegeben, ruckgabe, retourne` },
  { states: ['reversed'], words: `reversed, reversal, ruckgebucht, contrepasse, extourne` },
  { states: ['refunded', 'reversed'], words: `refunded, erstattet, ruckerstattet, rembourse` },
  {
    states: ['chargeback', 'returned'],
    words: `chargeback, charged back, disputed, dispute, ruckbelastung, ruckbelastet, conteste, impaye`,
  },
];

const RAILS: Readonly<Record<string, string>> = {
  card: `card, cards, credit card, debit card, creditcard, visa, mastercard, mc, amex, american express, maestro, girocard, ec karte, karte, kreditkarte,
    debitkarte, carte, carte bancaire, carte de credit, cb`,
  sepa_ct: `sepa, sct, sepa ct, sepa credit transfer, sepa credit, sepa transfer, uberweisung, sepa uberweisung, virement, virement sepa`,
  sepa_inst: `sepa inst, sct inst, sepa instant, instant sepa, sepa instant credit transfer, instant credit transfer, echtzeituberweisung, echtzeit uberweisung,
    virement instantane, instant payment, sofortuberweisung`,
  sepa_dd: `sepa dd, sdd, direct debit, sepa direct debit, lastschrift, sepa lastschrift, prelevement, prelevement sepa`,
  ach_credit: `ach credit, ach, ach push`,
  ach_debit: `ach debit, ach pull`,
  rtp: `rtp, tch rtp, real time payment`,
  fednow: `fednow, fed now`,
  wire: `wire, wire transfer, fedwire, fed wire`,
  chips: `chips`,
  wallet: `wallet, e wallet`,
};

const STATE_WORDS = new Map(
  STATES.flatMap((meaning) => namesIn(meaning.words).map((word) => [word, meaning] as const)),
);
const RAIL_WORDS = new Map(
  Object.entries(RAILS).flatMap(([rail, words]) => namesIn(words).map((word) => [word, rail] as const)),
);

/**
 * Our state.
 * @param rails of the sample; none: any
 */
export function ourState(word: string, rails: readonly string[], vocabulary: Vocabulary): string | null {
  const scope = rails.filter((rail) => vocabulary.rails.has(rail));
  const own = word.trim().toLowerCase();
  if (commonness(own, scope, vocabulary) > 0) return own;
  const meaning = STATE_WORDS.get(joinedWords(word));
  if (meaning !== undefined) {
    if (meaning.card !== undefined && scope.length > 0 && scope.every((rail) => rail === 'card'))
      return meaning.card;
    return commonest(meaning.states, scope, vocabulary);
  }
  return stateOfTable(word, scope, vocabulary);
}

function commonest(
  states: readonly string[],
  scope: readonly string[],
  vocabulary: Vocabulary,
): string | null {
  const [first = null, ...others] = states;
  if (first === null || scope.length === 0) return first;
  return others.reduce(
    (best, state) =>
      commonness(state, scope, vocabulary) > commonness(best, scope, vocabulary) ? state : best,
    first,
  );
}

/** How many of the rails have the state. */
function commonness(state: string, scope: readonly string[], { rails }: Vocabulary): number {
  const names = scope.length > 0 ? scope : [...rails.keys()];
  return names.filter((rail) => rails.get(rail)?.has(state) === true).length;
}

/** As the formats that are read write it; the table gives back what it does not know. */
function stateOfTable(word: string, scope: readonly string[], { table }: Vocabulary): string | null {
  const code = word.trim();
  const rail = scope.length === 1 ? (scope[0] ?? '*') : '*';
  const tries = [
    ['iso20022', code.toUpperCase()],
    ['stripe', code.replace('.', '/')],
    ['stripe', `payment_intent/${code}`],
    ['stripe', `charge/${code}`],
    ['adyen', `${code}/true`],
    ['adyen', `transfer/${code}`],
  ] as const;
  for (const [format, foreign] of tries) {
    const state = table.stateOf(format, rail, foreign);
    if (state !== foreign.slice(0, 64).toLowerCase()) return state;
  }
  return null;
}

/** Our rail; names of rails are those of data/recoverability.yaml and data/states.yaml. */
export function ourRail(word: string, { rails, table }: Vocabulary): string | null {
  const own = word.trim().toLowerCase();
  if (rails.has(own)) return own;
  const known = RAIL_WORDS.get(joinedWords(word));
  if (known !== undefined) return known;
  const code = word.trim();
  const iso = table.railOf('iso20022', [`system/${code}`, `instrument/${code}`, `level/${code}`], null);
  if (iso !== UNTOLD_RAIL) return iso;
  const stripe = table.railOf('stripe', [own], null);
  if (stripe !== UNTOLD_RAIL) return stripe;
  const adyen = table.railOf('adyen', [code, own], null);
  return adyen === UNTOLD_RAIL ? null : adyen;
}
