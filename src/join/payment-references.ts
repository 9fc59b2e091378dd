/**
 * Ties records that name their payment by a reference of banks to that payment: the transaction id, or the id of a message and of an instruction
 * in it. Banks make these unique for themselves and for some time only; a UETR is unique in the world.
 *
 * What: groups that hold a UETR are anchors, and never become one. Every other group looks for its anchor, from its most telling reference on: the first
 * that names exactly one anchor decides. An anchor has the references of what was tied to it, so this is repeated until nothing more is tied. Of what is
 * left, transfers of which the sender is known are anchors in turn, and what then is left is one where it shares a reference.
 * A group that names several anchors and none alone is left apart, and is ambiguous: a status must not go to a stranger's payment.
 *
 * Why rounds, each for all groups at once: every decision depends on the set of records alone, not on who came first.
 * Why not scoped by sender throughout: in schemes with an operator a report is addressed to him, or comes from him, and names no sender.
 *
 * Cost: some map entries for each group with a reference; of those that are not tied yet, a later round looks only at whom a new name concerns, so
 * that a chain of references costs no more than as many that stand alone.
 * Worked example: {U1, M1/7}, {U2, M1/7}, {U2, M1/8}, report a of M1/8, report b of M1/7 -> {U1, M1/7}, {U2, M1/7, M1/8, a}, and b, ambiguous.
 * Source: ISO 20022 message definitions, pacs.008.001 (MsgId: "point to point reference"; TransactionIdentification: unique "for a pre-agreed
 * period"; UETR), docs/decisions/0025.
 */
import type { PaymentEvent } from '../model/payment.ts';
import { groupedByNames } from './grouped-by-names.ts';

/** Events of one payment. */
export interface PaymentGroup {
  events: PaymentEvent[];
  /** A reference in it names several payments, so that it was left apart from all of them. */
  ambiguous: boolean;
}

/** From the most telling. An own id that equals a reference names its payment before the references of others do. */
const KINDS = ['own', 'transaction', 'sender', 'message'] as const;
type Kind = (typeof KINDS)[number];

interface Node {
  events: PaymentEvent[];
  /** Names by which it is found; may repeat. */
  has: Record<Kind, string[]>;
  /** Whose message it answers: it looks for senders by these too. */
  addressees: string[];
  hasUetr: boolean;
  ambiguous: boolean;
}

type Index = Record<Kind, Map<string, Node[]>>;

/** A transfer of which the sender is known: of equal ids within a message, another sender's is another payment. */
function isSent({ has }: Node): boolean {
  return has.sender.length > 0;
}

/** @param groups by strong names */
export function tieReferences(groups: readonly PaymentEvent[][]): PaymentGroup[] {
  const nodes = groups.map(nodeOf);
  const anchors = nodes.filter(({ hasUetr }) => hasUetr);
  const others = nodes.filter(({ hasUetr }) => !hasUetr);
  const apart = united(tie(others, anchors), ({ has }) => [...has.own, ...has.transaction, ...has.sender]);
  const sent = apart.filter((node) => isSent(node) && !node.ambiguous);
  const rest = apart.filter((node) => !isSent(node) || node.ambiguous);
  const left = united(tie(rest, sent), (node) => [
    ...node.has.own,
    ...node.has.transaction,
    ...(isSent(node) ? [] : node.has.message),
  ]);
  return [...anchors, ...sent, ...left].map(({ events, ambiguous }) => ({ events, ambiguous }));
}

function nodeOf(events: PaymentEvent[]): Node {
  const node: Node = {
    events,
    has: { own: [], transaction: [], sender: [], message: [] },
    addressees: [],
    hasUetr: false,
    ambiguous: false,
  };
  for (const { ownId, aliases } of events) {
    if (ownId !== null) node.has.own.push(ownId);
    for (const { type, value } of aliases) {
      if (type === 'uetr') node.hasUetr = true;
      else if (type === 'iso20022_transaction') node.has.transaction.push(value);
      else if (type === 'iso20022_sender') node.has.sender.push(value);
      else if (type === 'iso20022_message') node.has.message.push(value);
      else if (type === 'iso20022_addressee') node.addressees.push(value);
    }
  }
  return node;
}

/** The names of a kind by which a group looks for its anchor. */
function asked({ has, addressees }: Node, kind: Kind): string[] {
  if (kind === 'own') return [...has.transaction, ...has.message];
  if (kind === 'transaction') return [...has.own, ...has.transaction];
  return kind === 'sender' ? [...has.sender, ...addressees] : has.message;
}

/** Ties groups to the one anchor that they name. Returns those that are left; what named several is marked. */
function tie(groups: readonly Node[], anchors: readonly Node[]): Node[] {
  const index: Index = { own: new Map(), transaction: new Map(), sender: new Map(), message: new Map() };
  for (const anchor of anchors) note(index, anchor, anchor);
  const askers = askersOf(groups);
  const left = new Map<Node, readonly Node[]>(groups.map((node) => [node, []]));
  // Whom nobody has named anything new has the answer that it had.
  for (let round: Iterable<Node> = groups; ;) {
    const verdicts = Array.from(round, (node) => ({ node, named: anchorsOf(node, index) }));
    const again = new Set<Node>();
    for (const { node, named } of verdicts) {
      const [anchor] = named;
      if (anchor === undefined || named.length > 1) left.set(node, named);
      else {
        left.delete(node);
        for (const event of node.events) anchor.events.push(event);
        // It is found by the names of what is tied to it.
        for (const name of note(index, node, anchor))
          for (const each of askers.get(name) ?? []) again.add(each);
      }
    }
    if (again.size === 0) break;
    round = [...again].filter((node) => left.has(node));
  }
  for (const [node, named] of left) node.ambiguous ||= named.length > 1;
  return [...left.keys()];
}

/** Who looks for an anchor by a name. */
function askersOf(groups: readonly Node[]): Map<string, Node[]> {
  const askers = new Map<string, Node[]>();
  for (const node of groups)
    for (const name of new Set(KINDS.flatMap((kind) => asked(node, kind).map((each) => keyOf(kind, each))))) {
      const known = askers.get(name);
      if (known === undefined) askers.set(name, [node]);
      else known.push(node);
    }
  return askers;
}

function keyOf(kind: Kind, name: string): string {
  return `${kind}\0${name}`;
}

/** The one that the most telling kind names that names one; else all that any names. */
function anchorsOf(node: Node, index: Index): readonly Node[] {
  let several: Node[] = [];
  for (const kind of KINDS) {
    const named = new Set<Node>();
    for (const name of asked(node, kind))
      for (const anchor of index[kind].get(name) ?? [])
        if (kind !== 'message' || !isSent(node) || !isSent(anchor)) named.add(anchor);
    if (named.size === 1) return [...named];
    if (named.size > 1) several = [...named];
  }
  return several;
}

/** Returns the names that now find somebody whom they did not find before. */
function note(index: Index, { has }: Node, anchor: Node): string[] {
  return KINDS.flatMap((kind) => {
    const names = kind === 'transaction' ? [...has[kind], ...has.own] : has[kind];
    return names.filter((name) => noteName(index[kind], name, anchor)).map((name) => keyOf(kind, name));
  });
}

/**
 * Of each sort two are enough to know that a name is of several: a bank may give a hundred thousand transfers the same.
 * Returns whether the anchor was not known by it.
 */
function noteName(names: Map<string, Node[]>, name: string, anchor: Node): boolean {
  const known = names.get(name);
  if (known === undefined) names.set(name, [anchor]);
  else if (known.filter((each) => isSent(each) === isSent(anchor)).length < 2 && !known.includes(anchor))
    known.push(anchor);
  else return false;
  return true;
}

/** Groups that share a name are one. */
function united(nodes: readonly Node[], namesOf: (node: Node) => string[]): Node[] {
  return groupedByNames(nodes, namesOf).map(merged);
}

function merged(nodes: readonly Node[]): Node {
  const [only] = nodes;
  if (nodes.length === 1 && only !== undefined) return only;
  const node = nodeOf(nodes.flatMap(({ events }) => events));
  return { ...node, ambiguous: nodes.some(({ ambiguous }) => ambiguous) };
}
