import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of the checkout, the same from sources and from build output. */
export const root = folderWith('package-lock.json', __dirname);

function folderWith(file: string, folder: string): string {
  return existsSync(join(folder, file)) ? folder : folderWith(file, dirname(folder));
}
