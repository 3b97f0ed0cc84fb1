// Renders every variant once for all test files (tests/setup/manifests-setup.cjs).

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from './objects.js';
import { find } from './programs.js';
import { objectsIn, render, variants } from './variants.js';

export type Rendering = Readonly<{ yaml: string; objects: Manifest[] }>;

const folderVariable = 'RENDERED_MANIFESTS';
const fileOf = (folder: string, name: string) => join(folder, `${name}.json`);

/** Returns the folder of the renderings. */
export async function renderAll(): Promise<string> {
  const program = await find('kustomize');
  const folder = mkdtempSync(join(tmpdir(), 'ticketing-manifests-'));
  for (const each of variants) {
    const yaml = render(program, each);
    const rendering: Rendering = { yaml, objects: objectsIn(yaml) };
    writeFileSync(fileOf(folder, each.name), JSON.stringify(rendering));
  }
  process.env[folderVariable] = folder;
  return folder;
}

export function readRendering(name: string): Rendering {
  return JSON.parse(readFileSync(fileOf(process.env[folderVariable] ?? '', name), 'utf8')) as Rendering;
}
