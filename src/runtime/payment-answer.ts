/**
 * The negative answer (DESIGN 4.6): when nothing met a payment, whether that is known, and what it rests on.
 *
 * What: `none_found` needs both sides to have been looked at: something says where the payment ran, and security records
 * were read. Why the end of the security records beside it: spans that go on for an hour after the last of them prove
 * nothing of that hour.
 *
 * Worked example: a payment at 14:30 with three spans that name pods, audit records until 14:00: none_found, events known
 * until 14:00. The same without any audit record: not_known.
 */
import type { Instant } from '../model/instant.ts';
import type { PaymentDocument } from '../model/documents/payment.ts';
import type { Payment } from '../model/payment.ts';
import type { Visibility } from './joined-view.ts';

type Answer = PaymentDocument['answer'];

/** What the whole run saw. */
export interface Looked {
  /** Latest end of a security record; null: there was none. */
  security: Instant | null;
  /** Latest end of anything. */
  latest: Instant | null;
  /** Whether there was any security event. */
  events: boolean;
}

/** What the run saw of the payment itself. */
export interface Met {
  linked: boolean;
  /** It met an event among so many others that they were not linked (`upper`). */
  withheld: boolean;
  visibility: Visibility;
}

export interface PaymentAnswer {
  answer: Answer;
  known: {
    traces: number;
    spansWithIdentity: number;
    eventsWatermark: Instant | null;
    completeUntil: Instant | null;
    why: string;
  };
}

export function paymentAnswer(
  payment: Payment,
  { linked, withheld: heldBack, visibility }: Met,
  looked: Looked,
): PaymentAnswer {
  const namesPlace = payment.events.some((event) => event.podUid ?? event.podName ?? event.containerId);
  const visible = visibility.spansWithIdentity > 0 || namesPlace;
  const withheld = !linked && heldBack;
  const found = visible && looked.security !== null && !withheld;
  const answer = linked ? 'linked' : found ? 'none_found' : 'not_known';
  const why = withheld ? WITHHELD : whyOf(answer, visible, visibility, looked.events);
  const { traces, spansWithIdentity } = visibility;
  const known = { traces, spansWithIdentity, eventsWatermark: looked.security, completeUntil: looked.latest };
  return { answer, known: { ...known, why } };
}

const WITHHELD =
  'Security events met it together with more payments or pods than are linked one by one; it counts in what an incident is worth at most.';

function whyOf(answer: Answer, visible: boolean, known: Visibility, events: boolean): string {
  if (answer === 'linked') return 'Security events met this payment; see its links.';
  if (!events && answer === 'none_found') return 'No security event was in the input at all.';
  if (answer === 'none_found') {
    return `No security event met it: ${known.spansWithIdentity} spans of ${known.traces} traces say where it ran.`;
  }
  if (visible) return 'No security record was in the input, so nobody looked.';
  if (known.traces === 0) {
    return 'No trace is bound to it: no span carries one of its ids, and its record names no trace, pod or container.';
  }
  if (known.spans === 0) return `Its ${known.traces} traces have no spans in the input.`;
  return `None of its ${known.spans} spans names a pod or container; set the Collector's k8sattributes processor.`;
}
