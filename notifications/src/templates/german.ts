import { userText } from './user-text.js';
import { isFree, ticketsIn, type Wording } from './wording.js';

const tickets = ticketsIn({
  quoted: (title) => `„${title}“`,
  more: (count) => (count === 1 ? ' und 1 weiteres Ticket' : ` und ${count} weitere Tickets`),
  unnamed: 'die Tickets',
});
const latePayment = 'Falls eine Zahlung schon unterwegs war, bekommst du das Geld zurück.';
const bankTime = 'Je nach Bank dauert es bis zu zehn Werktage, bis das Geld ankommt.';
const foreignRequest = 'Falls du das nicht angefordert hast, ignoriere diese Mail bitte.';

export const german: Wording = {
  greeting: (name) => (name === undefined ? 'Hallo,' : `Hallo ${name},`),
  order: (orderId) => `Bestellung ${orderId}`,
  total: 'Summe',
  linkHint: 'Falls der Knopf nicht funktioniert, öffne bitte diese Adresse im Browser:',
  about: 'Diese Mail betrifft ein Konto bei Ticketing:',
  unsubscribe: 'Solche Mails abbestellen',
  contents: {
    'order-placed': (data, { money, time }) => ({
      subject: `Für dich reserviert: ${tickets(data)}`,
      summary: `Wir haben ${tickets(data)} bis ${time(data.expiresAt)} für dich reserviert.`,
      paragraphs: [
        `Bitte zahle ${money(data.total, data.currency)} bis zu diesem Zeitpunkt. ` +
          'Danach endet die Reservierung, und andere können die Tickets kaufen.',
      ],
      order: data,
    }),
    'order-paid': (data, { money }) => ({
      subject: `Deine Bestellung ist abgeschlossen: ${tickets(data)}`,
      summary: isFree(data)
        ? `Deine Bestellung ist abgeschlossen und kostet nichts: ${tickets(data)}.`
        : `Du hast ${money(data.total, data.currency)} für ${tickets(data)} bezahlt. Deine Bestellung ist abgeschlossen.`,
      paragraphs: ['Die Tickets gehören dir. Vielen Dank für deine Bestellung.'],
      order: data,
    }),
    'order-expired': (data) => ({
      subject: `Deine Reservierung ist abgelaufen: ${tickets(data)}`,
      summary: `Deine Reservierung für ${tickets(data)} ist abgelaufen, weil sie nicht rechtzeitig bezahlt wurde.`,
      paragraphs: [`Die Tickets sind wieder frei, auch für dich. ${latePayment}`],
      order: data,
    }),
    'order-cancelled': (data) => ({
      subject: `Deine Bestellung ist storniert: ${tickets(data)}`,
      summary: data.byOperator
        ? `Unser Kundendienst hat deine Bestellung für dich storniert: ${tickets(data)}.`
        : `Du hast deine Bestellung storniert: ${tickets(data)}.`,
      paragraphs: [`Du musst dafür nichts bezahlen. ${latePayment}`],
      order: data,
    }),
    'order-refunded': (data, { money }) => ({
      subject: `${data.isWhole ? 'Erstattung' : 'Teilweise Erstattung'}: ${tickets(data)}`,
      summary: data.isWhole
        ? `Deine Bestellung wird erstattet. Du bekommst ${money(data.amount, data.currency)} für ${tickets(data)} zurück.`
        : `Du bekommst einen Teil des Preises für ${tickets(data)} zurück: ${money(data.amount, data.currency)}.`,
      paragraphs: [
        data.isWhole
          ? 'Die Bestellung ist damit beendet, und ihre Tickets sind nicht mehr gültig.'
          : 'Der Rest deiner Bestellung bleibt, wie er ist.',
        bankTime,
      ],
      order: data,
    }),
    'seller-sold': (data, { money }) => ({
      subject: `Verkauft: ${tickets(data)}`,
      summary: `Du hast ${tickets(data)} für ${money(data.total, data.currency)} verkauft.`,
      paragraphs: ['Die Bestellung ist bezahlt und abgeschlossen.'],
      order: data,
    }),
    'seller-refunded': (data, { money }) => ({
      subject: `${data.isWhole ? 'Verkauf erstattet' : 'Verkauf teilweise erstattet'}: ${tickets(data)}`,
      summary: `Der Käufer bekommt ${money(data.amount, data.currency)} für ${tickets(data)} zurück.`,
      paragraphs: [
        data.isWhole
          ? 'Der Verkauf ist damit beendet. Die Plätze sind wieder frei, sofern du das Ticket nicht zurückgezogen hast.'
          : 'Das ist ein Teil des Preises. Der Rest des Verkaufs bleibt, wie er ist.',
      ],
      order: data,
    }),
    welcome: ({ link }) => ({
      subject: 'Willkommen bei Ticketing: bitte bestätige deine Adresse',
      summary: 'Willkommen bei Ticketing: Dein Konto ist eingerichtet.',
      paragraphs: [
        'Bitte bestätige, dass diese E-Mail-Adresse dir gehört.',
        'Falls du kein Konto angelegt hast, ignoriere diese Mail bitte.',
      ],
      button: { label: 'Adresse bestätigen', link },
    }),
    'verify-email': ({ link }) => ({
      subject: 'Bitte bestätige deine E-Mail-Adresse',
      summary: 'Bitte bestätige, dass die E-Mail-Adresse deines Kontos dir gehört.',
      paragraphs: [foreignRequest],
      button: { label: 'Adresse bestätigen', link },
    }),
    'reset-password': ({ link, expiresAt }, { time }) => ({
      subject: 'Wähle ein neues Passwort',
      summary: 'Jemand hat ein neues Passwort für dein Konto angefordert. Wir nehmen an, das warst du.',
      paragraphs: [
        `Der Link gilt einmal, bis ${time(expiresAt)}. Ein neues Passwort beendet alle deine Sitzungen.`,
        'Falls du es nicht warst, ignoriere diese Mail bitte: Dein Passwort bleibt, wie es ist.',
      ],
      button: { label: 'Neues Passwort wählen', link },
    }),
    'confirm-email-change': ({ link, newEmail, expiresAt }, { time }) => ({
      subject: 'Bitte bestätige die Änderung deiner E-Mail-Adresse',
      summary: `Die E-Mail-Adresse deines Kontos soll in ${userText(newEmail, 254)} geändert werden.`,
      paragraphs: [
        'Die Adresse ändert sich, sobald die alte und die neue zugestimmt haben. ' +
          `Der Link gilt bis ${time(expiresAt)}.`,
        'Falls du das nicht angefordert hast, öffne den Link nicht. ' +
          'Falls das Konto dir gehört, ändere bitte auch dein Passwort.',
      ],
      button: { label: 'Änderung bestätigen', link },
    }),
    'new-sign-in': ({ at, device }, { time }) => ({
      subject: 'Neue Anmeldung an deinem Konto',
      summary:
        `Jemand hat sich am ${time(at)} mit ${userText(device, 80) || 'einem unbekannten Gerät'} ` +
        'aus einem neuen Netz an deinem Konto angemeldet.',
      paragraphs: [
        'Falls du es warst, musst du nichts tun.',
        'Falls du es nicht warst, ändere bitte sofort dein Passwort: Das beendet alle anderen Sitzungen.',
      ],
    }),
    'password-changed': ({ at, by }, { time }) => ({
      subject: 'Dein Passwort wurde geändert',
      summary:
        by === 'reset'
          ? `Das Passwort deines Kontos wurde am ${time(at)} über den Link in einer Mail geändert.`
          : `Das Passwort deines Kontos wurde am ${time(at)} geändert.`,
      paragraphs: [
        'Alle anderen Sitzungen sind beendet.',
        'Falls du es nicht warst, fordere bitte sofort einen Link für ein neues Passwort an, ' +
          'und ändere das Passwort deines Postfachs.',
      ],
    }),
  },
};
