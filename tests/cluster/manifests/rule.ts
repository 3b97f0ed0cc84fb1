// A rule of the manifests as tests: every variant passes the check, and the check reports each planted fault.

import type { Manifest } from './objects.js';
import { readRendering, type Rendering } from './render-all.js';
import { variant, variants, type Variant } from './variants.js';

/** @returns the faults, one sentence each */
export type Check = (objects: readonly Manifest[], variant: Variant) => string[];

/** A planted fault, and what the check must report for it. */
export type Control = Readonly<{
  fault: string;
  /** name of a variant; `dev` by default */
  in?: string;
  plant: (objects: Manifest[]) => unknown;
  reports: readonly string[];
}>;

type Rule = Readonly<{ check: Check; for?: (variant: Variant) => boolean; controls: readonly Control[] }>;

const rendered = new Map<string, Rendering>();

export function beforeRules(): void {
  beforeAll(() => {
    for (const { name } of variants) rendered.set(name, readRendering(name));
  });
}

function renderingOf({ name }: Variant) {
  const found = rendered.get(name);
  if (!found) throw new Error(`The variant ${name} is not rendered.`);
  return found;
}

export const yamlOf = (of: Variant): string => renderingOf(of).yaml;

/** A fresh copy, so that a control may change it. */
export const objectsOf = (of: Variant): Manifest[] => structuredClone(renderingOf(of).objects);

export function rule(promise: string, { check, for: applies = () => true, controls }: Rule): void {
  describe(promise, () => {
    test.each(variants.filter(applies))('holds in $name', (each) => {
      expect(check(objectsOf(each), each)).toEqual([]);
    });

    test.each(controls)('reports $fault', ({ in: name = 'dev', plant, reports }) => {
      const objects = objectsOf(variant(name));
      plant(objects);
      expect(check(objects, variant(name))).toEqual(reports);
    });
  });
}
