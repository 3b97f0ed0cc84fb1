// German for the English sentences of services to operators. A sentence that is not here stays as it is.

const sentences: readonly (readonly [RegExp, string])[] = [
  [/^open, although its time is over$/, 'offen, obwohl die Zeit zum Bezahlen um ist'],
  [/^charged for an order that nobody knows$/, 'abgebucht für eine unbekannte Bestellung'],
  [/^charged by another intent or with another amount$/, 'über einen anderen Vorgang oder Betrag abgebucht'],
  [
    /^a refund has failed, and the buyer has not received its amount$/,
    'Eine Erstattung ist gescheitert, und ihr Betrag ist nicht angekommen.',
  ],
  [/^the bank of the buyer disputes it$/, 'bei der Bank beanstandet'],
  [/^not sent: (.*)$/s, 'nicht gesendet: $1'],
  [/^given up: (.*)$/s, 'aufgegeben: $1'],
  [/^(\d+) in number$/, 'Anzahl: $1'],
  [/^(\d+) events are not published$/, 'Nicht veröffentlichte Ereignisse: $1'],
  [
    /^Look at the bus and at the log of orders, or free its places: (ops .*)$/,
    'Sieh nach dem Bus und dem Log von orders, oder gib die Plätze frei: $1',
  ],
  [
    /^Find the buyer at Stripe; to give the money back: (ops .*)$/,
    'Suche bei Stripe, wer bezahlt hat; um das Geld zurückzugeben: $1',
  ],
  [
    /^Refund at Stripe what the buyer does not owe: (.*)$/,
    'Erstatte bei Stripe, was nicht geschuldet ist: $1',
  ],
  [
    /^Ask again: (ops refund .*)\. See why it failed: (ops .*)$/,
    'Versuche es noch einmal: $1. Warum sie gescheitert ist, zeigt: $2',
  ],
  [
    /^Answer the dispute at Stripe before its time is over\.$/,
    'Antworte bei Stripe auf den Einspruch, bevor die Frist endet.',
  ],
  [
    /^Read the log of payments \("not settled yet"\) and the status page of Stripe\.$/,
    'Lies das Log von payments („not settled yet“) und die Statusseite von Stripe.',
  ],
  [
    /^Look at the mail server of SMTP_URL and at the log of notifications\.$/,
    'Sieh nach dem Mailserver von SMTP_URL und dem Log von notifications.',
  ],
  [/^Tell the person in another way\.$/, 'Sag es der Person auf anderem Weg.'],
  [
    /^List them with "(ops [^"]*)", repair the cause, then replay them\.$/,
    'Zeige sie mit „$1“, behebe die Ursache und verarbeite sie dann erneut.',
  ],
  [
    /^Look at the bus and at the pods of the service, which publish them as soon as they can\.$/,
    'Sieh nach dem Bus und den Pods des Dienstes: Sie veröffentlichen sie, sobald sie können.',
  ],
  [/^dead letters of (\w+)$/, 'Unzustellbare Nachrichten von $1'],
  [/^outbox of (\w+)$/, 'Outbox von $1'],
  [/^order (\w+)$/, 'Bestellung $1'],
  [/^payment (\w+)$/, 'Zahlung $1'],
  [/^mail ([\w-]+) to (\w+)$/, 'Mail „$1“ an $2'],
  [/^attempt (\d+)(.*)$/, 'Versuch $1$2'],
  [/^(\d+) of (\d+)$/, '$1 von $2'],
  [/^expired$/, 'abgelaufen'],
  [/^buyer$/, 'auf Wunsch'],
];

/** `ticket 6a… (places 3, 4), ticket 6b… (place 0)` */
const heldInGerman = (held: string): string =>
  held
    .replace(/^keeps /, 'behält ')
    .replaceAll('ticket ', 'Ticket ')
    .replaceAll('(no place)', '(kein Platz)')
    .replaceAll('(places ', '(Plätze ')
    .replaceAll('(place ', '(Platz ');

export function toGerman(sentence: string): string | undefined {
  if (/^(keeps )?ticket \w+ \(/.test(sentence)) return heldInGerman(sentence);
  const match = sentences.find(([pattern]) => pattern.test(sentence));
  return match && sentence.replace(...match);
}
