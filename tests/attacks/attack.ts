import type { Findings } from './findings.js';
import type { World } from './world.js';

/** Tries something against the system, and says what it found. `long` is the form that takes its time. */
export type Attack = Readonly<{
  about: string;
  run(world: World, findings: Findings, long: boolean): Promise<void>;
}>;
