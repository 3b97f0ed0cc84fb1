// npx tsx --conditions=source tools/local/src/preview-mails.ts <folder>: writes every mail in every language as HTML and
// text, with ordinary and with unusual values.

import { Locale } from '@ticketing/common/events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { render, type Kind } from '../../../notifications/src/templates/index.js';
import { samples } from '../../../notifications/src/templates/samples.js';

const titles = [
  'Row 3, Seat 7',
  'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(2),
  'حفلة القاهرة الكبرى 2026',
  'Family day 👩‍👩‍👧‍👦 🎟️🎉',
  '東京ドーム公演、2日目',
];
const lines = Array.from({ length: 20 }, (_, at) => ({
  title: titles[at % titles.length] ?? '',
  quantity: at + 1,
  price: '99999.990',
}));
const unusual = { lines, total: '99999.990', currency: 'bhd' } as const;
const urls = { publicUrl: 'https://tickets.example', unsubscribe: 'https://tickets.example/off' };

function writePreviews(folder: string): void {
  const write = <K extends Kind>(name: string, kind: K, locale: Locale, more: object = {}) => {
    const recipient = { name: 'Ada Lovelace', locale, timeZone: 'Europe/Berlin' };
    const { subject, text, html } = render(kind, { ...samples[kind], ...more }, recipient, urls);
    writeFileSync(join(folder, `${name}.${locale}.html`), html);
    writeFileSync(join(folder, `${name}.${locale}.txt`), `Subject: ${subject}\n\n${text}`);
  };

  mkdirSync(folder, { recursive: true });
  for (const locale of Locale.options) {
    for (const kind of Object.keys(samples) as Kind[]) write(kind, kind, locale);
    write('unusual', 'order-placed', locale, unusual);
  }
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Name the folder to write to.');
writePreviews(folder);
