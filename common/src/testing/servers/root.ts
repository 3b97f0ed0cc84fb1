import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of the checkout, seen from sources and from build output alike. */
export const root = folderWith('package-lock.json', __dirname);

function folderWith(file: string, folder: string): string {
  return existsSync(join(folder, file)) ? folder : folderWith(file, dirname(folder));
}
