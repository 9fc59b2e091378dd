/**
 * What kubectl and stern put before the lines of a pod's log: the pod and its container (`--prefix`, stern), the time (`--timestamps`), or both;
 * the node that OpenShift's client puts there (`oc adm node-logs`), and the time and the stream that the one of AWS does (`aws logs tail`).
 *
 * Why only before a JSON object: nothing marks these prefixes, and a sentence may begin like one. A pod's name has a hyphen, which no verb has,
 * and a node's a hyphen or a dot.
 *
 * Worked example: `[pod/falco-4cvkq/falco] 2026-03-10T14:00:03.001Z {"rule":…` -> content `{"rule":…`. Cost: a look at the first characters.
 * Source: kubectl logs; stern, its default template; oc adm node-logs; aws logs tail.
 */
const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) `;
const CONTAINER = '[a-z0-9][a-z0-9-]{0,62}';
const POD = '[a-z0-9.]{1,253}-[a-z0-9.-]{1,253}';
const NODE = '[a-z0-9]{1,63}[.-][a-z0-9.-]{1,253}';
const PREFIX = new RegExp(
  String.raw`^(?:(?:\[pod/${POD}/${CONTAINER}\] |(?:${CONTAINER} )?${POD} ${CONTAINER} )(?:${TIME})?|(?:${TIME})?(?:${NODE} )|${TIME})(?=\{)`,
);
/** Two names, a container and a time. */
const MAX_HEAD = 700;

/** Null: nothing of them stands before it. */
export function parseKubectlPrefix(line: string): { content: string } | null {
  const [head] = PREFIX.exec(line.slice(0, MAX_HEAD)) ?? [];
  return head === undefined ? null : { content: line.slice(head.length) };
}
