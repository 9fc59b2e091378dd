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
 * Cost: some map entries for each group with a reference; two or three rounds over those that are not tied yet.
 * Worked example: {U1, M1/7}, {U2, M1/7}, {U2, M1/8}, report a of M1/8, report b of M1/7 -> {U1, M1/7}, {U2, M1/7, M1/8, a}, and b, ambiguous.
 * Source: ISO 20022 message definitions, pacs.008.001 (MsgId: "point to point reference"; TransactionIdentification: unique "for a pre-agreed
 * period"; UETR), docs/decisions/0025.
 */
import type { PaymentEvent } from '../model/payment.ts';
import type { PaymentGroup } from './payment-groups.ts';
import { rootOf } from './root-of.ts';

/** From the most telling. An own id that equals a reference names its payment before the references of others do. */
const KINDS = ['own', 'transaction', 'sender', 'message'] as const;
type Kind = (typeof KINDS)[number];

interface Node {
  events: PaymentEvent[];
  /** Names by which it is found. */
  has: Record<Kind, Set<string>>;
  /** Names by which it looks for others. */
  asks: Record<Kind, Set<string>>;
  hasUetr: boolean;
  /** A transfer of which the sender is known: of equal ids within a message, another sender's is another payment. */
  isSent: boolean;
  ambiguous: boolean;
}

/** @param groups by strong names */
export function tieReferences(groups: readonly PaymentEvent[][]): PaymentGroup[] {
  const nodes = groups.map(nodeOf);
  const anchors = nodes.filter(({ hasUetr }) => hasUetr);
  const apart = united(
    tie(
      nodes.filter(({ hasUetr }) => !hasUetr),
      anchors,
    ),
    (node) => [...node.asks.transaction, ...(node.isSent ? node.asks.sender : [])],
  );
  const sent = apart.filter(({ isSent, ambiguous }) => isSent && !ambiguous);
  const rest = tie(
    apart.filter(({ isSent, ambiguous }) => !isSent || ambiguous),
    sent,
  );
  const left = united(rest, (node) => [...node.asks.transaction, ...(node.isSent ? [] : node.asks.message)]);
  return [...anchors, ...sent, ...left].map(({ events, ambiguous }) => ({ events, ambiguous }));
}

function nodeOf(events: PaymentEvent[]): Node {
  const ofType = (...types: string[]): Set<string> =>
    new Set(
      events.flatMap(({ aliases }) =>
        aliases.filter(({ type }) => types.includes(type)).map(({ value }) => value),
      ),
    );
  const own = new Set(events.flatMap(({ ownId }) => (ownId === null ? [] : [ownId])));
  const transaction = new Set([...own, ...ofType('iso20022_transaction')]);
  const message = ofType('iso20022_message');
  const sender = ofType('iso20022_sender');
  return {
    events,
    has: { own, transaction, sender, message },
    asks: {
      own: new Set([...transaction, ...message]),
      transaction,
      sender: ofType('iso20022_sender', 'iso20022_addressee'),
      message,
    },
    hasUetr: ofType('uetr').size > 0,
    isSent: sender.size > 0,
    ambiguous: false,
  };
}

/** Ties groups to the one anchor that they name. Returns those that are left; what named several is marked. */
function tie(groups: readonly Node[], anchors: readonly Node[]): Node[] {
  const index = new Map<string, Set<Node>>();
  for (const anchor of anchors) note(index, anchor.has, anchor);
  let left = [...groups];
  for (;;) {
    const verdicts = left.map((node) => [node, anchorOf(node, index)] as const);
    const tied = verdicts.filter(([, anchor]) => anchor instanceof Object);
    for (const [node, anchor] of tied) if (anchor instanceof Object) join(anchor, node, index);
    left = verdicts.flatMap(([node, anchor]) => (anchor instanceof Object ? [] : [node]));
    if (tied.length > 0) continue;
    for (const [node, anchor] of verdicts) node.ambiguous ||= anchor === 'several';
    return left;
  }
}

function anchorOf(node: Node, index: ReadonlyMap<string, ReadonlySet<Node>>): Node | 'several' | null {
  let several = false;
  for (const kind of KINDS) {
    const named = new Set<Node>();
    for (const name of node.asks[kind])
      for (const anchor of index.get(`${kind}\0${name}`) ?? [])
        if (kind !== 'message' || !node.isSent || !anchor.isSent) named.add(anchor);
    const [only] = named;
    if (named.size === 1 && only !== undefined) return only;
    several ||= named.size > 1;
  }
  return several ? 'several' : null;
}

/** The anchor is found by the names of what is tied to it. */
function join(anchor: Node, node: Node, index: Map<string, Set<Node>>): void {
  anchor.events = [...anchor.events, ...node.events];
  note(index, node.has, anchor);
}

function note(index: Map<string, Set<Node>>, names: Node['has'], anchor: Node): void {
  for (const kind of KINDS) {
    for (const name of names[kind]) {
      const key = `${kind}\0${name}`;
      const known = index.get(key);
      if (known === undefined) index.set(key, new Set([anchor]));
      else known.add(anchor);
    }
  }
}

/** Groups that share a name are one. */
function united(nodes: readonly Node[], namesOf: (node: Node) => string[]): Node[] {
  const roots = nodes.map((_, i) => i);
  const holder = new Map<string, number>();
  for (const [i, node] of nodes.entries()) {
    for (const name of namesOf(node)) {
      const other = holder.get(name);
      if (other === undefined) holder.set(name, i);
      else roots[rootOf(roots, i)] = rootOf(roots, other);
    }
  }
  const groups = new Map<number, Node[]>();
  for (const [i, node] of nodes.entries()) {
    const root = rootOf(roots, i);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, [node]);
    else group.push(node);
  }
  return [...groups.values()].map(merged);
}

function merged(nodes: readonly Node[]): Node {
  const [only] = nodes;
  if (nodes.length === 1 && only !== undefined) return only;
  const node = nodeOf(nodes.flatMap(({ events }) => events));
  return { ...node, ambiguous: nodes.some(({ ambiguous }) => ambiguous) };
}
