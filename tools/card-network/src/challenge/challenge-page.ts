// The page on which the buyer answers. It works without scripts.
import { decimalsOf } from '../payment-intents/amounts.js';
import type { Intent } from '../payment-intents/payment-intent.js';

const STYLE = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText; }
  main { box-sizing: border-box; width: min(24rem, 100%); padding: 1.5rem; }
  h1 { font-size: 1.25rem; margin: 0 0 .5rem; }
  .amount { font-size: 2rem; font-weight: 600; margin: .5rem 0 1.5rem; overflow-wrap: anywhere; }
  form { display: grid; gap: .75rem; }
  button { font: inherit; font-weight: 600; padding: .75rem; border: 1px solid #0b57d0; border-radius: .5rem; cursor: pointer; }
  button[value=approve] { background: #0b57d0; color: #fff; }
  button[value=refuse] { background: transparent; color: inherit; }
  small { display: block; margin-top: 1.5rem; opacity: .75; }
`;

export function challengePage(intent: Intent): string {
  return page(
    'Approve this payment?',
    `<p class="amount">${escape(amountOf(intent))}</p>
    <form method="post" action="/challenge">
      <input type="hidden" name="client_secret" value="${escape(intent.clientSecret)}">
      <button name="outcome" value="approve">Approve</button>
      <button name="outcome" value="refuse">Refuse</button>
    </form>`,
  );
}

/** `returnUrl` is where the shop wants the browser to go. */
export function messagePage(title: string, message: string, returnUrl?: string | null): string {
  const link = returnUrl ? `<p><a href="${escape(returnUrl)}">Back to the shop</a></p>` : '';
  return page(title, `<p>${escape(message)}</p>${link}`);
}

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${escape(title)}</title>
  <style>${STYLE}</style>
</head>
<body>
  <main>
    <h1>${escape(title)}</h1>
    ${content}
    <small>Local card network. No real money moves.</small>
  </main>
</body>
</html>
`;
}

function amountOf({ amount, currency }: Intent): string {
  const decimals = decimalsOf(currency);
  return new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  }).format(amount / 10 ** decimals);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
