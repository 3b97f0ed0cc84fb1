// kube-linter as the check of a rule.

import { find, installingTakesMs } from './programs.js';
import type { Check } from './rule.js';
import { lintFaults } from './tools.js';
import { toYaml } from './variants.js';

/** To be called once per test file, outside of a test. */
export function kubeLinter(): Check {
  let program: string;
  beforeAll(async () => {
    program = await find('kube-linter');
  }, installingTakesMs);
  return (objects) => lintFaults(program, toYaml(objects));
}
