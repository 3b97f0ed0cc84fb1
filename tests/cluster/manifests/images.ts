// Each image has one place that sets its tag, and Skaffold rebuilds it when its sources change.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './variants.js';

/** An image that a file of manifests names. */
export type ImageLine = Readonly<{ file: string; image: string }>;

export function imageLines(): ImageLine[] {
  const folder = join(root, 'infra', 'k8s');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.yaml'),
  );
  return files.flatMap((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    return [...text.matchAll(/\bimage: ['"]?([^\s'",}]+)/g)].map(([, image = '']) => ({ file, image }));
  });
}

export function repeatedImages(lines: readonly ImageLine[]): string[] {
  const names = lines.map(({ image }) => image.replace(/[:@].*$/, ''));
  return names
    .filter((name, index) => names.indexOf(name) !== index)
    .map(
      (name) =>
        `${name} is set in ${lines
          .filter((_, index) => names[index] === name)
          .map(({ file }) => file)
          .join(' and ')}`,
    );
}

/** An image that Skaffold builds without Docker, and the paths whose changes rebuild it. */
export type Artifact = Readonly<{
  image: string;
  custom: { buildCommand: string; dependencies: { paths: string[] } };
}>;

/** Sources of an image in the Dockerfile that Skaffold does not watch. The lockfile covers the workspaces' package.json. */
export function unwatched(dockerfile: string, { image, custom }: Artifact): string[] {
  const [, service = '', target = ''] = /SERVICE=(\S+) TARGET=(\S+)/.exec(custom.buildCommand) ?? [];
  const stages = stagesOf(dockerfile, target);
  if (stages.length === 0) return [`${image} has no stage ${target}`];
  const copied = [...stages.join('\n').matchAll(/^COPY (?!--from)(?:--\S+ )*(.+) \S+$/gm)]
    .flatMap(([, sources = '']) => sources.replaceAll('${SERVICE}', service).split(' '))
    .filter((source) => !/\/package\.json$|^\.npmrc$/.test(source));
  return [...new Set(copied)]
    .filter((source) => !custom.dependencies.paths.includes(source))
    .map((source) => `${image} is not rebuilt for ${source}`);
}

/** The text of a build stage, of its base stage, and of the stages it copies from. */
function stagesOf(dockerfile: string, name: string): string[] {
  const stage = dockerfile
    .split(/^(?=FROM )/m)
    .find((text) => text.split('\n', 1)[0]?.endsWith(` AS ${name}`));
  if (!stage) return [];
  const others = [...stage.matchAll(/^FROM (\S+)|--from=(\S+)/gm)].map(
    ([, base, copied]) => base ?? copied ?? '',
  );
  return [stage, ...others.flatMap((other) => stagesOf(dockerfile, other))];
}
