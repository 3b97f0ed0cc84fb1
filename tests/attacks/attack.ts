import type { Findings } from './findings.js';
import type { World } from './world.js';

/** Attacks the system and records findings. `long` selects the thorough form. */
export type Attack = Readonly<{
  about: string;
  run(world: World, findings: Findings, long: boolean): Promise<void>;
}>;
