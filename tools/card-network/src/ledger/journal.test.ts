import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Journal, type Place } from './journal.js';
import { aDataDir, cleanUp } from '../testing/network.js';

afterEach(cleanUp);

function replayed(journal: Journal): string[] {
  const lines: string[] = [];
  journal.replay((line) => lines.push(line));
  return lines;
}

describe('the journal', () => {
  it('gives back every line in order, and each by its place', () => {
    const path = join(aDataDir(), 'j');
    const journal = new Journal(path);
    journal.openForAppend();
    const places = ['one', 'zwei – ü', 'three'].map((line) => journal.append(line));
    expect(places.map((place) => journal.read(place))).toEqual(['one', 'zwei – ü', 'three']);
    journal.close();

    const again = new Journal(path);
    const found: Place[] = [];
    again.replay((_line, place) => found.push(place));
    expect(found).toEqual(places);
  });

  it('drops a line that a crash cut short, and goes on behind the last whole one', () => {
    const path = join(aDataDir(), 'j');
    const journal = new Journal(path);
    journal.openForAppend();
    journal.append('whole');
    journal.close();
    appendFileSync(path, '{"cut":"sho');

    const again = new Journal(path);
    expect(again.replay(() => undefined)).toEqual({ tornBytes: 11 });
    again.openForAppend();
    again.append('next');
    again.close();
    expect(readFileSync(path, 'utf8')).toBe('whole\nnext\n');
  });

  it('starts empty where there is no file', () => {
    expect(replayed(new Journal(join(aDataDir(), 'j')))).toEqual([]);
  });
});
