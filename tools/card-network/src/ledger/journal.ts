// An append-only file of lines. `append` returns after the kernel has the line: a killed process loses
// nothing. A power failure may lose lines, because there is no fsync.
import { closeSync, ftruncateSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { nodeErrorCode } from '../node-error.js';

const NEWLINE = 0x0a;

/** Where a line is in the file, to read it again without keeping it in memory. */
export type LineLocation = Readonly<{ offset: number; length: number }>;

export class Journal {
  #size = 0;
  #file: number | undefined;

  constructor(readonly path: string) {}

  /** Passes every complete line in order. A crash during a write leaves bytes after the last newline. */
  replay(onLine: (line: string, location: LineLocation) => void): Readonly<{ tornBytes: number }> {
    const bytes = readIfExists(this.path);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      if (end > start) {
        onLine(bytes.toString('utf8', start, end), { offset: start, length: end - start });
      }
      start = end + 1;
    }
    this.#size = start;
    return { tornBytes: bytes.length - start };
  }

  /** Separate from `replay`, because only the process that holds the port may write. Drops torn bytes. */
  openForAppend(): void {
    this.#file = openSync(this.path, 'a+');
    ftruncateSync(this.#file, this.#size);
  }

  append(line: string): LineLocation {
    const file = this.#openFile();
    const bytes = Buffer.from(`${line}\n`);
    try {
      for (let written = 0; written < bytes.length;) {
        written += writeSync(file, bytes, written);
      }
    } catch (cause) {
      ftruncateSync(file, this.#size); // after a full disk, the next line must not continue a partial one
      throw new Error('The ledger file cannot be written.', { cause });
    }
    const location = { offset: this.#size, length: bytes.length - 1 };
    this.#size += bytes.length;
    return location;
  }

  read({ offset, length }: LineLocation): string {
    const bytes = Buffer.allocUnsafe(length);
    const read = readSync(this.#openFile(), bytes, 0, length, offset);
    return bytes.toString('utf8', 0, read);
  }

  close(): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
  }

  #openFile(): number {
    if (this.#file === undefined) throw new Error('The ledger file is not open.');
    return this.#file;
  }
}

function readIfExists(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    if (nodeErrorCode(cause) === 'ENOENT') return Buffer.alloc(0);
    throw cause;
  }
}
