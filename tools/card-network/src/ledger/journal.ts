// An append-only file of lines. A line is handed to the kernel before `append` returns, so that a
// process killed right afterwards loses nothing; a power cut may (there is no fsync).
import { closeSync, ftruncateSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { errorCode } from '../api/errors.js';

const NEWLINE = 0x0a;

/** Where a line stands, to read it again without keeping it. */
export type Place = Readonly<{ offset: number; length: number }>;

export class Journal {
  #size = 0;
  #file: number | undefined;

  constructor(readonly path: string) {}

  /** Gives every whole line in order. Bytes behind the last newline are a write that a crash cut short. */
  replay(take: (line: string, place: Place) => void): Readonly<{ tornBytes: number }> {
    const bytes = readIfThere(this.path);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      if (end > start) {
        take(bytes.toString('utf8', start, end), { offset: start, length: end - start });
      }
      start = end + 1;
    }
    this.#size = start;
    return { tornBytes: bytes.length - start };
  }

  /** Apart from `replay`, because only who holds the port may write. */
  openForAppend(): void {
    this.#file = openSync(this.path, 'a+');
    ftruncateSync(this.#file, this.#size);
  }

  append(line: string): Place {
    const file = this.#opened();
    const bytes = Buffer.from(`${line}\n`);
    try {
      for (let written = 0; written < bytes.length;) {
        written += writeSync(file, bytes, written);
      }
    } catch (cause) {
      ftruncateSync(file, this.#size); // a full disk: the next line must not continue half a line
      throw new Error('the ledger cannot be written', { cause });
    }
    const place = { offset: this.#size, length: bytes.length - 1 };
    this.#size += bytes.length;
    return place;
  }

  read({ offset, length }: Place): string {
    const bytes = Buffer.allocUnsafe(length);
    const read = readSync(this.#opened(), bytes, 0, length, offset);
    return bytes.toString('utf8', 0, read);
  }

  close(): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
  }

  #opened(): number {
    if (this.#file === undefined) throw new Error('the ledger is closed');
    return this.#file;
  }
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return Buffer.alloc(0);
    throw cause;
  }
}
