import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Journal, type LineLocation } from './journal.js';
import { temporaryFolder, cleanUp } from '../testing/network.js';

afterEach(cleanUp);

function linesOf(journal: Journal): string[] {
  const lines: string[] = [];
  journal.replay((line) => lines.push(line));
  return lines;
}

describe('the journal', () => {
  it('returns every line in order, and each by its location', () => {
    const path = join(temporaryFolder(), 'j');
    const journal = new Journal(path);
    journal.openForAppend();
    const locations = ['one', 'zwei – ü', 'three'].map((line) => journal.append(line));
    expect(locations.map((location) => journal.read(location))).toEqual(['one', 'zwei – ü', 'three']);
    journal.close();

    const reopened = new Journal(path);
    const found: LineLocation[] = [];
    reopened.replay((_line, location) => found.push(location));
    expect(found).toEqual(locations);
  });

  it('drops a torn last line and continues after the last complete one', () => {
    const path = join(temporaryFolder(), 'j');
    const journal = new Journal(path);
    journal.openForAppend();
    journal.append('whole');
    journal.close();
    appendFileSync(path, '{"cut":"sho');

    const reopened = new Journal(path);
    expect(reopened.replay(() => undefined)).toEqual({ tornBytes: 11 });
    reopened.openForAppend();
    reopened.append('next');
    reopened.close();
    expect(readFileSync(path, 'utf8')).toBe('whole\nnext\n');
  });

  it('is empty without a file', () => {
    expect(linesOf(new Journal(join(temporaryFolder(), 'j')))).toEqual([]);
  });
});
