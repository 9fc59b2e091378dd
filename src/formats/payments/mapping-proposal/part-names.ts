/**
 * What companies call the parts of a payment, in English, German and French: by how surely the name means the part. `none` holds names that
 * look alike and mean something else, such as the id of a message or the number of an account.
 *
 * Sources: the formats that are read here (Stripe, Adyen, ISO 20022, ISO 8583), exports of core banking and ERP systems in public code. A name
 * that is missing costs a guess by values alone; one that is wrong is seen in the table that `init` prints.
 */
import { MAPPED_PARTS, type MappedPart } from '../../../model/payment-mapping.ts';
import { namesIn } from './name-words.ts';

export type NamedPart = MappedPart | 'none';

interface Names {
  sure: string;
  likely?: string;
  /** Means the part only where nothing else does. */
  weak?: string;
}

const NAMES: Readonly<Record<NamedPart, Names>> = {
  id: {
    sure: `payment id, transaction id, txn id, tx id, trx id, payment uuid, transaction uuid, payment no, payment number, transaction no,
      transaction number, txn no, tx no, payment ref, payment reference, transaction ref, transaction reference, txn ref, tx ref, pay id, transfer id,
      payment identifier, transaction identifier, operation id, zahlungs id, zahlungs nr, zahlungsnummer, zahlungsreferenz, zahlungs referenz,
      transaktions id, transaktions nr, transaktionsnummer, transaktionsreferenz, umsatz id, vorgangs id, vorgangsnummer, buchungs id,
      buchungsnummer, id paiement, id du paiement, paiement id, numero paiement, numero de paiement, reference paiement, reference du paiement,
      identifiant paiement, id transaction, numero transaction, numero de transaction, reference transaction, identifiant transaction,
      id operation, numero operation, reference operation, ref operation`,
    likely: `reference, ref, ref no, reference number, referenz, referenznummer, charge id, payment, buchungsreferenz, beleg nr, belegnr, belegnummer, beleg id, identifiant`,
    weak: `id, uuid, key, no, nr, number, nummer, numero, tx, txn`,
  },
  uetr: { sure: `uetr` },
  psp_reference: {
    sure: `psp reference, psp ref, psp id, psp transaction id, provider reference, provider transaction id, provider payment id, gateway reference,
      gateway transaction id, acquirer reference, processor reference, processor transaction id`,
  },
  end_to_end_id: {
    sure: `end to end id, endtoend id, end to end identification, end to end reference, end to end ref, e2e id, e2e ref, e2e reference, e2e,
      ende zu ende referenz, ende zu ende id, ende zu ende kennung, eref, reference de bout en bout, reference bout en bout, id bout en bout`,
  },
  order_id: {
    sure: `order id, order no, order number, order ref, order reference, merchant reference, merchant order id, bestell id, bestellnummer, bestell nr,
      id commande, numero commande, numero de commande, reference commande, basket id, cart id`,
    likely: `auftragsnummer, auftrags nr, auftrags id, invoice no, invoice number, invoice id, rechnungsnummer, order`,
  },
  time: {
    sure: `event time, event timestamp, event ts, event at, event date time, occurred at, occurred on, status changed at, state changed at, status at,
      state at, status time, status timestamp, status since, status date time, changed at, change time, zeitpunkt, ereigniszeit, statuszeit,
      statuszeitpunkt, status zeit, horodatage, horodatage statut, date heure, date evenement, date statut, date du statut`,
    likely: `time, timestamp, ts, time stamp, date time, datetime, updated at, update time, updated on, updated, last updated, last update, last modified,
      modified at, modified on, modified, transaction time, transaction timestamp, transaction date time, payment time, payment timestamp, txn time,
      tx time, time ms, timestamp ms, epoch, epoch ms, at, zeitstempel, zeit, uhrzeit, geandert am, aktualisiert am, modifie le, mis a jour le,
      date modification, date de modification`,
    weak: `created at, create time, created on, created, creation time, creation date, creation date time, created ms, erstellt am, angelegt am, erfasst am,
      cree le, date creation, date de creation, booked at, booking time, gebucht am, buchungszeit, buchungszeitpunkt, buchungsdatum, posted at,
      executed at, processed at, received at, completed at, initiated at, ts ms, date, datum, payment date, transaction date, date operation,
      date d operation, date paiement`,
  },
  state: {
    sure: `payment status, payment state, transaction status, transaction state, txn status, txn state, tx status, tx state, status, state, zahlungsstatus,
      transaktionsstatus, zahlungs status, buchungsstatus, verarbeitungsstatus, zustand, statut, etat, statut paiement, statut du paiement,
      statut operation, statut transaction, lifecycle state, lifecycle status`,
    likely: `status code, state code, payment result, result, stage, phase, outcome, etape`,
    weak: `event type, event, type, event name, code`,
  },
  rail: {
    sure: `rail, payment rail, scheme, payment scheme, clearing system, clearing, payment method, payment method type, zahlungsart, zahlart,
      zahlungsverfahren, zahlverfahren, zahlungsweg, verfahren, zahlungsmethode, moyen paiement, moyen de paiement, mode paiement, mode de paiement,
      type paiement, type de paiement, methode paiement`,
    likely: `method, method type, payment type, transfer type, network, payment network, instrument, payment instrument, service level, channel, schema,
      moyen, mode`,
    weak: `type, product, payment product, produkt, produit, kanal, canal, typ`,
  },
  amount: {
    sure: `amount, payment amount, transaction amount, txn amount, tx amount, amount value, amt, instructed amount, gross amount, betrag, zahlungsbetrag,
      zahlbetrag, umsatzbetrag, betrag wert, montant, montant paiement, montant du paiement, montant operation, montant transaction`,
    likely: `value, total, total amount, amount total, sum, summe, gesamtbetrag, somme, montant total, wert, umsatz, valeur, gross`,
    weak: `price, net amount, net, nettobetrag, preis, prix`,
  },
  currency: {
    sure: `currency, currency code, ccy, ccy code, cur, curr, iso currency, payment currency, transaction currency, amount currency, amount ccy, wahrung,
      wahrungscode, wahrungs code, wkz, wahrungskennzeichen, devise, code devise, monnaie, devise paiement`,
  },
  customer: {
    sure: `customer id, customer no, customer number, customer ref, customer reference, customer, cust id, cust no, client id, client no, payer id, debtor id,
      buyer id, shopper id, shopper reference, kunden id, kundennummer, kunden nr, kundennr, auftraggeber id, zahler id, id client, client numero,
      numero client, numero de client, identifiant client, ref client, reference client`,
    likely: `user id, member id, payer, buyer, client, kunde, party id, cif, account holder id`,
  },
  customer_country: {
    sure: `customer country, customer country code, payer country, debtor country, client country, buyer country, shopper country, billing country, land kunde,
      kundenland, kunden land, pays client`,
    weak: `country, country code, land, pays`,
  },
  merchant: {
    sure: `merchant id, merchant no, merchant number, merchant, merchant account, merchant code, merchant ref, mid, seller id, shop id, store id, payee id,
      creditor id, beneficiary id, handler id, handlernummer, handler nr, handler, id marchand, marchand, id commercant, commercant, numero commercant`,
    likely: `seller, shop, store, payee, creditor, verkaufer id`,
  },
  service: {
    sure: `service, service name, app name, application, application name, source system, dienst, anwendung, quellsystem, systeme source, application source`,
    likely: `app, system, component, microservice`,
  },
  trace_id: {
    sure: `trace id, trace, otel trace id, opentelemetry trace id, x b3 trace id, b3 trace id, dd trace id`,
  },
  traceparent: { sure: `traceparent, trace parent, w3c traceparent`, likely: `trace context` },
  cluster: { sure: `cluster, cluster name, k8s cluster, k8s cluster name, kubernetes cluster` },
  namespace: { sure: `namespace, k8s namespace, k8s namespace name, kubernetes namespace, pod namespace` },
  pod: { sure: `pod, pod name, k8s pod, k8s pod name, kubernetes pod, kubernetes pod name` },
  pod_uid: { sure: `pod uid, k8s pod uid, pod uuid, kubernetes pod uid` },
  container_id: { sure: `container id, k8s container id, docker id, container` },
  none: {
    sure: `event id, message id, msg id, request id, session id, log id, row id, record id, sequence, seq, seq no, sequence number, batch id, batch no, file id,
      span id, parent id, correlation id, idempotency key, account id, account no, account number, account, iban, bic, swift, card no, card number,
      card, pan, bin, name, email, phone, version, offset, partition, lsn, tx lsn, fee, fees, tax, vat, balance, konto, kontonummer, konto nr,
      gebuhr, steuer, saldo, compte, numero compte, frais, taxe, solde, exchange rate, rate, kurs, taux, retry count, attempts, status reason, reason,
      reason code, state reason, mandate id, device id, terminal id, user agent, ip, ip address, value date, wertstellung, valuta, date valeur,
      due date, expires at, expiry, expiry date, op, ts us, ts ns`,
  },
};

const WEIGHTS = { sure: 1, likely: 0.75, weak: 0.45 } as const;

/** Names of every part with what each is worth, by the joined words of a name. */
export const PART_NAMES: ReadonlyMap<string, ReadonlyMap<NamedPart, number>> = tableOfNames();

function tableOfNames(): ReadonlyMap<string, ReadonlyMap<NamedPart, number>> {
  const table = new Map<string, Map<NamedPart, number>>();
  for (const part of [...MAPPED_PARTS, 'none'] as const) {
    for (const level of ['sure', 'likely', 'weak'] as const) {
      for (const name of namesIn(NAMES[part][level] ?? '')) {
        const parts = table.get(name) ?? new Map<NamedPart, number>();
        parts.set(part, Math.max(parts.get(part) ?? 0, WEIGHTS[level]));
        table.set(name, parts);
      }
    }
  }
  return table;
}
