// HTML for mail programs: tables and inline styles, because many programs drop style sheets. Nothing is loaded.

import type { Letter } from './letter.js';

// A program that understands media queries switches to dark colours; the others show the inline ones.
const dark = `
  :root { color-scheme: light dark; supported-color-schemes: light dark; }
  @media (prefers-color-scheme: dark) {
    .page { background: #111418 !important; }
    .card { background: #1c2128 !important; border-color: #3a414b !important; }
    .text { color: #e6e9ee !important; }
    .muted { color: #a9b2bd !important; }
    .row { border-color: #3a414b !important; }
    .button { background: #8ab4f8 !important; }
    .button a { color: #10202f !important; }
    .muted a { color: #8ab4f8 !important; }
  }
`;

const wrap = 'overflow-wrap:anywhere;word-break:break-word';
const font = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const text = `${font};font-size:16px;line-height:24px;color:#1f2937;${wrap}`;
const muted = `${font};font-size:13px;line-height:20px;color:#57606a;${wrap}`;
const layout = 'role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0"';

export function toHtml({ locale, subject, paragraphs, table, button, footer }: Letter): string {
  // Outlook for Windows ignores max-width, so it gets a table of fixed width around the card.
  return `<!doctype html>
<html lang="${locale}" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${escape(subject)}</title>
<style>${dark}</style>
</head>
<body class="page" style="margin:0;padding:0;background:#f3f4f6">
<table ${layout} lang="${locale}" class="page" style="background:#f3f4f6"><tr><td align="center" style="padding:24px 12px">
<!--[if mso]><table role="presentation" width="600"><tr><td><![endif]-->
<table ${layout} class="card" style="max-width:600px;background:#ffffff;border:1px solid #d8dee4;border-radius:8px"><tr><td align="left" style="padding:24px 20px 8px">
${paragraphs.map(htmlParagraph).join('\n')}
${table ? htmlTable(table) : ''}
${button ? htmlButton(button) : ''}
</td></tr></table>
${htmlFooter(footer)}
<!--[if mso]></td></tr></table><![endif]-->
</td></tr></table>
</body>
</html>
`;
}

const htmlParagraph = (words: string) =>
  `<p class="text" style="margin:0 0 16px;${text}">${escape(words)}</p>`;

function htmlTable({ caption, rows, total }: NonNullable<Letter['table']>): string {
  const row = ([label, value]: readonly [string, string], weight: 400 | 600) => {
    const cell = `class="text row" valign="top" style="padding:10px 0;border-top:1px solid #d8dee4;font-weight:${weight};${text}`;
    return `<tr><th scope="row" align="left" ${cell}">${escape(label)}</th><td align="right" ${cell};padding-left:16px;white-space:nowrap">${escape(value)}</td></tr>`;
  };
  return `<table width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px;border-collapse:collapse">
<caption align="left" class="muted" style="padding:0 0 8px;text-align:left;${muted}">${escape(caption)}</caption>
${rows.map((each) => row(each, 400)).join('\n')}
${row(total, 600)}
</table>`;
}

function htmlButton({ label, link, hint }: NonNullable<Letter['button']>): string {
  const style = `display:inline-block;padding:12px 20px;${font};font-size:16px;line-height:24px;font-weight:600;color:#ffffff;text-decoration:none`;
  return `<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:8px 0 24px"><tr><td class="button" bgcolor="#0b57d0" style="border-radius:6px;background:#0b57d0"><a href="${escape(link)}" style="${style}">${escape(label)}</a></td></tr></table>
<p class="muted" style="margin:0 0 16px;${muted}">${escape(hint)}<br>${anchor(link, link)}</p>`;
}

function htmlFooter({ about, publicUrl, unsubscribe }: Letter['footer']): string {
  return `<table ${layout} style="max-width:600px"><tr><td align="left" class="muted" style="padding:16px 20px;${muted}">${escape(about)} ${anchor(publicUrl, publicUrl)}${unsubscribe ? `<br>${anchor(unsubscribe.link, unsubscribe.label)}` : ''}</td></tr></table>`;
}

const anchor = (link: string, label: string) =>
  `<a href="${escape(link)}" style="color:#0b57d0;${wrap}">${escape(label)}</a>`;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escape = (raw: string) => raw.replaceAll(/[&<>"']/gu, (character) => entities[character] ?? character);
