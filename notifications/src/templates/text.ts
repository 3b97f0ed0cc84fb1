import type { Letter } from './letter.js';

export function toText({ paragraphs, table, button, footer }: Letter): string {
  const { about, publicUrl, unsubscribe } = footer;
  const blocks = [
    ...paragraphs,
    table && textTable(table),
    button && `${button.label}:\n${button.link}`,
    // The signature delimiter of mail programs (RFC 3676, section 4.3).
    `-- \n${about}\n${publicUrl}`,
    unsubscribe && `${unsubscribe.label}:\n${unsubscribe.link}`,
  ];
  return `${blocks.filter(Boolean).join('\n\n')}\n`;
}

function textTable({ caption, rows, total }: NonNullable<Letter['table']>): string {
  return [caption, ...rows.map(([title, price]) => `- ${title}: ${price}`), `${total[0]}: ${total[1]}`].join(
    '\n',
  );
}
