// A rule of the manifests, as tests: every variant keeps it, and the check names the fault when one is put in.

import { find, installingTakesMs } from './programs.js';
import type { Manifest } from './objects.js';
import { objectsIn, render, variant, variants, type Variant } from './variants.js';

/** @returns what is wrong, in words */
export type Check = (objects: readonly Manifest[], variant: Variant) => string[];

export type Control = Readonly<{
  /** what is wrong, after "not with" */
  of: string;
  in?: string;
  spoil: (objects: Manifest[]) => unknown;
  says: readonly string[];
}>;

type Rule = Readonly<{ check: Check; for?: (variant: Variant) => boolean; controls: readonly Control[] }>;

const rendered = new Map<string, { yaml: string; objects: Manifest[] }>();

/** Renders all, once for a file of tests. */
export function beforeRules(): void {
  beforeAll(async () => {
    const program = await find('kustomize');
    for (const one of variants) {
      const yaml = render(program, one);
      rendered.set(one.name, { yaml, objects: objectsIn(yaml) });
    }
  }, installingTakesMs);
}

function of({ name }: Variant) {
  const found = rendered.get(name);
  if (!found) throw new Error(`${name} is not rendered`);
  return found;
}

export const yamlOf = (one: Variant): string => of(one).yaml;

/** A copy each time, so that it may be spoiled. */
export const objectsOf = (one: Variant): Manifest[] => structuredClone(of(one).objects);

export function rule(promise: string, { check, for: applies = () => true, controls }: Rule): void {
  describe(promise, () => {
    test.each(variants.filter(applies))('in $name', (one) => {
      expect(check(objectsOf(one), one)).toEqual([]);
    });

    test.each(controls)('…and not with $of', ({ in: name = 'dev', spoil, says }) => {
      const objects = objectsOf(variant(name));
      spoil(objects);
      expect(check(objects, variant(name))).toEqual(says);
    });
  });
}
