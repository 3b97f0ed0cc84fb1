// The lines of a backup: one for the database, one per document, and one with the number of documents.

import mongoose from 'mongoose';

const { EJSON } = mongoose.mongo.BSON;

type StoredDocument = mongoose.mongo.Document;
type Line = { database: string } | { collection: string; document: StoredDocument } | { documents: number };

export const headLine = (database: string): string => JSON.stringify({ database });
export const documentLine = (collection: string, document: StoredDocument): string =>
  EJSON.stringify({ collection, document }, { relaxed: false });
export const tailLine = (documents: number): string => JSON.stringify({ documents });

/**
 * Reads the documents of a complete backup of the database `name`.
 * @throws Error if a line is wrong or missing, at the latest after the last document
 */
export async function* documentsIn(
  lines: AsyncIterable<string>,
  name: string,
): AsyncGenerator<{ collection: string; document: StoredDocument }> {
  let database: string | undefined;
  let expected: number | undefined;
  let count = 0;
  for await (const text of lines) {
    if (expected !== undefined) throw new Error('The backup has more lines after the end.');
    const line = parse(text);
    if ('documents' in line) expected = line.documents;
    else if ('database' in line) database = line.database;
    else {
      if (database !== name)
        throw new Error(`This is a backup of ${database ?? 'no database'}, not of ${name}.`);
      count += 1;
      yield line;
    }
  }
  if (expected !== count)
    throw new Error(`The backup is cut off: it has ${count} documents of ${expected ?? 'more'}.`);
}

function parse(text: string): Line {
  const line = parseJson(text);
  if (line !== null && typeof line === 'object') {
    if ('database' in line) return { database: String(line.database) };
    if ('documents' in line) return { documents: Number(line.documents) };
    if ('collection' in line && typeof line.collection === 'string' && 'document' in line)
      return line as Line;
  }
  throw new Error(`This is not a line of a backup: ${text.slice(0, 80)}`);
}

function parseJson(text: string): unknown {
  try {
    return EJSON.parse(text, { relaxed: false });
  } catch {
    return undefined;
  }
}
