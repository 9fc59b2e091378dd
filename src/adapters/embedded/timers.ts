/** The timers of this process. */
import type { Timers } from '../../ports/timers.ts';

export const systemTimers: Timers = {
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};
