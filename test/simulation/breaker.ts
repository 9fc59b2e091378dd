/**
 * The machine that dies: counts what the engine asks of its ports and the log of its disk, and ends the life of both at the
 * planned step, before it or after it. From then on nothing that the old life still tries has an effect: the disk
 * refuses it (faulty-files.ts), the ports refuse it here.
 *
 * Worked example: the crash "power, before, commit, 1 passing": the first commit goes through; at the second call of `commit`
 * the disk forgets what was not flushed, the call throws, and so does every later one until `revive`.
 */
import type { EnginePorts } from '../../src/runtime/live/engine-options.ts';
import type { Crash, CrashPoint } from './crash-plan.ts';
import type { DiskFault, DiskStep } from './faulty-files.ts';

/** What a step is, whichever phase it is in. */
type StepKind = Exclude<CrashPoint, `any ${string}`> | 'other';

export class Breaker {
  /** Of the engine's life. */
  phase: 'start' | 'middle' | 'end' = 'start';
  readonly happened: Crash[] = [];
  readonly #crashes: Crash[];
  readonly #crashDisk: (of: Crash['of']) => void;
  #passed = 0;
  #dead: Crash | null = null;

  constructor(crashes: readonly Crash[], crashDisk: (of: Crash['of']) => void) {
    this.#crashes = [...crashes];
    this.#crashDisk = crashDisk;
  }

  /** What ended the life; null while it goes on. */
  get dead(): Crash | null {
    return this.#dead;
  }

  revive(): void {
    this.#dead = null;
    this.phase = 'start';
  }

  /** Kills the process between two steps. */
  kill(): void {
    this.#end({ at: 'any step', passing: 0, when: 'before', of: 'process' });
  }

  /** For `FaultyDisk.faultOf`. */
  diskFault({ operation }: DiskStep): DiskFault | null {
    const kind = operation === 'write' ? 'log write' : operation === 'sync' ? 'log flush' : 'other';
    const crash = this.#due(kind);
    if (crash === null) return null;
    this.#note(crash);
    return { crash: crash.when, of: crash.of };
  }

  /** The ports as the engine has them, until it dies. */
  around({ log, windows, facts, index }: EnginePorts): EnginePorts {
    return {
      log: this.#guarded(log, (name) => (name === 'commit' ? 'log commit' : 'other')),
      windows: this.#guarded(windows, () => 'window'),
      facts: this.#guarded(facts, (name) => (name === 'commit' ? 'commit' : 'facts')),
      index: this.#guarded(index, (name) => (name === 'write' ? 'documents' : 'other')),
    };
  }

  #guarded<T extends object>(port: T, kindOf: (name: string | symbol) => StepKind): T {
    return new Proxy(port, {
      get: (target, name) => {
        const member = Reflect.get(target, name) as unknown;
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => this.#step(kindOf(name), () => member.apply(target, args) as unknown);
      },
    });
  }

  #step(kind: StepKind, action: () => unknown): unknown {
    if (this.#dead !== null) throw new Error('this life is over');
    const crash = this.#due(kind);
    if (crash?.when === 'before') this.#die(crash);
    const result = action();
    if (crash === null) return result;
    if (!(result instanceof Promise)) return this.#die(crash);
    return result.then(() => this.#die(crash));
  }

  /** The crash that this step is for. */
  #due(kind: StepKind): Crash | null {
    const crash = this.#crashes[0];
    if (this.#dead !== null || crash === undefined || !this.#isOf(kind, crash.at)) return null;
    if (this.#passed < crash.passing) {
      this.#passed += 1;
      return null;
    }
    this.#crashes.shift();
    this.#passed = 0;
    return crash;
  }

  #isOf(kind: StepKind, at: CrashPoint): boolean {
    if (at === 'any step of a start') return this.phase === 'start';
    if (at === 'any step of the end') return this.phase === 'end';
    return at === 'any step' || at === kind;
  }

  #die(crash: Crash): never {
    this.#end(crash);
    throw new Error('this life is over');
  }

  #end(crash: Crash): void {
    this.#note(crash);
    this.#crashDisk(crash.of);
  }

  #note(crash: Crash): void {
    this.#dead = crash;
    this.happened.push(crash);
  }
}
