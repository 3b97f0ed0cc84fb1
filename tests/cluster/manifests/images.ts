// Which programs run, to the byte: a tag that is never moved, set in one place.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { services } from './declared.js';
import { containers, workloads, type Manifest } from './objects.js';
import { root, type Variant } from './variants.js';

/** A digest, a commit, or a whole version; before the release nothing that could be pulled. */
const fixed =
  /@sha256:[0-9a-f]{64}$|:[0-9a-f]{40}$|:\d+\.\d+\.\d+(-[\w.]+)?$|^ticketing\/\w+:set-by-the-release$/;
const ourOwn = /^ticketing\/\w+:dev$/;

export function movingTags(objects: readonly Manifest[], { production }: Variant): string[] {
  return workloads(objects).flatMap((workload) =>
    containers(workload)
      .filter(({ image }) => !fixed.test(image) && !(ourOwn.test(image) && !production))
      .map(({ image }) => `${workload.metadata.name} runs ${image}`),
  );
}

/** What a file of manifests says of images. */
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

/** The release sets these, and knows no others. */
export function wrongOverrides(images: readonly { name: string }[]): string[] {
  const names = images.map(({ name }) => name).toSorted();
  const expected = services.map(({ name }) => `ticketing/${name}`).toSorted();
  return names.join() === expected.join() ? [] : [`production sets ${names.join()}`];
}

/** What Skaffold makes without Docker, and when it makes it again. */
export type Artifact = Readonly<{
  image: string;
  custom: { buildCommand: string; dependencies: { paths: string[] } };
}>;

/** What the Dockerfile copies into an image and Skaffold does not watch. Workspaces' manifests: the lockfile tells of them. */
export function unwatched(dockerfile: string, { image, custom }: Artifact): string[] {
  const [, service = ''] = /SERVICE=(\S+)/.exec(custom.buildCommand) ?? [];
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(?:--\S+ )*(.+) \S+$/gm)]
    .flatMap(([, sources = '']) => sources.replaceAll('${SERVICE}', service).split(' '))
    .filter((source) => !/\/package\.json$|^\.npmrc$/.test(source));
  return [...new Set(copied)]
    .filter((source) => !custom.dependencies.paths.includes(source))
    .map((source) => `${image} is not made again for ${source}`);
}
