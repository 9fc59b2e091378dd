/**
 * Makes a plan that fails smaller while it goes on failing: fewer crashes, steps, requests and sendings, a sound disk.
 *
 * Halves of a list are left out first, then quarters, down to single pieces, as long as one of that size can go. What
 * chance decides within a run moves when a piece is missing, so a cut may turn a failure into a pass; it is then kept.
 *
 * Cost: bounded by `mostRuns` runs of small plans. Worked example: 14 requests, 11 steps, 5 crashes, failing when a payment is
 * settled, the process dies and another span comes: about 120 runs, 3 requests, 3 steps, 1 crash are left.
 * Source: delta debugging, Zeller and Hildebrandt, IEEE TSE 2002, made greedy.
 */
import type { CrashPlan, PlannedStep } from './crash-plan.ts';

export async function shrinkPlan(
  plan: CrashPlan,
  fails: (plan: CrashPlan) => Promise<boolean>,
  mostRuns = 400,
): Promise<CrashPlan> {
  let best = plan;
  let left = mostRuns;
  const smaller = async (candidate: CrashPlan): Promise<boolean> => {
    if (left <= 0) return false;
    left -= 1;
    if (!(await fails(candidate))) return false;
    best = candidate;
    return true;
  };
  for (let before = null; before !== best && left > 0;) {
    before = best;
    await cut(
      () => best.crashes,
      (crashes) => smaller({ ...best, crashes }),
    );
    await cut(
      () => best.steps,
      (steps) => smaller({ ...best, steps }),
    );
    await cut(
      () => best.requests.map((_, i) => i),
      (kept) => smaller(withRequests(best, kept)),
    );
    for (const at of best.steps.keys()) await simplify(best, at, smaller);
  }
  return best;
}

/** Leaves out pieces of a list, large ones first. */
async function cut<T>(
  list: () => readonly T[],
  take: (rest: readonly T[]) => Promise<boolean>,
): Promise<void> {
  for (let size = Math.ceil(list().length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let at = 0; at < list().length;)
      if (!(await take([...list().slice(0, at), ...list().slice(at + size)]))) at += size;
}

/** The plan with these of its requests, by their numbers. */
function withRequests(plan: CrashPlan, kept: readonly number[]): CrashPlan {
  const numbers = new Map(kept.map((former, now) => [former, now]));
  const steps = plan.steps.map((step) => ({
    ...step,
    sendings: step.sendings.flatMap((sending) => {
      const request = numbers.get(sending.request);
      return request === undefined ? [] : [{ ...sending, request }];
    }),
  }));
  return { ...plan, steps, requests: plan.requests.filter((_, i) => numbers.has(i)) };
}

/** Takes out of a step what it need not have. */
async function simplify(
  plan: CrashPlan,
  at: number,
  smaller: (plan: CrashPlan) => Promise<boolean>,
): Promise<void> {
  const changes: Partial<PlannedStep>[] = [
    { disk: 'sound' },
    { settle: 'no' },
    { apply: 0 },
    { sendings: [] },
  ];
  let best = plan;
  for (const change of changes) {
    const steps = best.steps.map((step, i) => (i === at ? { ...step, ...change } : step));
    if (JSON.stringify(steps) === JSON.stringify(best.steps)) continue;
    const candidate = { ...best, steps };
    if (await smaller(candidate)) best = candidate;
  }
}

/** A plan in words, a line for each step. */
export function storyOf({ requests, steps, crashes, windowBytes }: CrashPlan): string {
  const lines = requests.map(({ input, records, givesUp }, i) => {
    const more = givesUp ? ', sent once' : '';
    return `request ${i}: ${records.length} of ${input}${more}`;
  });
  for (const { sendings, apply, settle, disk } of steps) {
    const sent = sendings.map(
      ({ request, again, unheard }) => `${request}${again ? ' again' : ''}${unheard ? ' unheard' : ''}`,
    );
    lines.push(`step: send [${sent.join(', ')}], apply ${apply}, settle ${settle}, disk ${disk}`);
  }
  for (const { at, passing, when, of } of crashes)
    lines.push(`crash: ${of}, ${when} ${at}, ${passing} passing`);
  if (windowBytes !== null) lines.push(`window: ${windowBytes} bytes`);
  return lines.join('\n');
}
