import { foreign } from './foreign-text.js';
import { isFree, ticketsIn, type Wording } from './wording.js';

const tickets = ticketsIn({
  quoted: (title) => `„${title}“`,
  more: (count) => (count === 1 ? ' und 1 weiteres Ticket' : ` und ${count} weitere Tickets`),
  unnamed: 'die Tickets',
});
const latePayment = 'Falls eine Zahlung schon unterwegs war, bekommen Sie das Geld zurück.';
const bankTime = 'Je nach Bank dauert es bis zu zehn Werktage, bis das Geld ankommt.';
const foreignRequest = 'Falls Sie das nicht angefordert haben, ignorieren Sie diese Mail bitte.';

export const german: Wording = {
  greeting: (name) => (name === undefined ? 'Guten Tag,' : `Guten Tag ${name},`),
  order: (orderId) => `Bestellung ${orderId}`,
  total: 'Summe',
  linkHint: 'Falls der Knopf nicht funktioniert, öffnen Sie bitte diese Adresse im Browser:',
  about: 'Diese Mail betrifft ein Konto bei Ticketing:',
  unsubscribe: 'Solche Mails abbestellen',
  contents: {
    'order-placed': (data, { money, time }) => ({
      subject: `Für Sie reserviert: ${tickets(data)}`,
      summary: `Wir haben ${tickets(data)} bis ${time(data.expiresAt)} für Sie reserviert.`,
      paragraphs: [
        `Bitte zahlen Sie ${money(data.total, data.currency)} bis zu diesem Zeitpunkt. ` +
          'Danach endet die Reservierung, und andere können die Tickets kaufen.',
      ],
      order: data,
    }),
    'order-paid': (data, { money }) => ({
      subject: `Ihre Bestellung ist abgeschlossen: ${tickets(data)}`,
      summary: isFree(data)
        ? `Ihre Bestellung ist abgeschlossen und kostet nichts: ${tickets(data)}.`
        : `Sie haben ${money(data.total, data.currency)} für ${tickets(data)} bezahlt. Ihre Bestellung ist abgeschlossen.`,
      paragraphs: ['Die Tickets gehören Ihnen. Vielen Dank für Ihre Bestellung.'],
      order: data,
    }),
    'order-expired': (data) => ({
      subject: `Ihre Reservierung ist abgelaufen: ${tickets(data)}`,
      summary: `Ihre Reservierung für ${tickets(data)} ist abgelaufen, weil sie nicht rechtzeitig bezahlt wurde.`,
      paragraphs: [`Die Tickets sind wieder frei, auch für Sie. ${latePayment}`],
      order: data,
    }),
    'order-cancelled': (data) => ({
      subject: `Ihre Bestellung ist storniert: ${tickets(data)}`,
      summary: data.byOperator
        ? `Unser Kundendienst hat Ihre Bestellung für Sie storniert: ${tickets(data)}.`
        : `Sie haben Ihre Bestellung storniert: ${tickets(data)}.`,
      paragraphs: [`Sie müssen dafür nichts bezahlen. ${latePayment}`],
      order: data,
    }),
    'order-refunded': (data, { money }) => ({
      subject: `${data.isWhole ? 'Erstattung' : 'Teilweise Erstattung'}: ${tickets(data)}`,
      summary: data.isWhole
        ? `Ihre Bestellung wird erstattet. Sie bekommen ${money(data.amount, data.currency)} für ${tickets(data)} zurück.`
        : `Sie bekommen einen Teil des Preises für ${tickets(data)} zurück: ${money(data.amount, data.currency)}.`,
      paragraphs: [
        data.isWhole
          ? 'Die Bestellung ist damit beendet, und ihre Tickets sind nicht mehr gültig.'
          : 'Der Rest Ihrer Bestellung bleibt, wie er ist.',
        bankTime,
      ],
      order: data,
    }),
    'seller-sold': (data, { money }) => ({
      subject: `Verkauft: ${tickets(data)}`,
      summary: `Sie haben ${tickets(data)} für ${money(data.total, data.currency)} verkauft.`,
      paragraphs: ['Die Bestellung ist bezahlt und abgeschlossen.'],
      order: data,
    }),
    'seller-refunded': (data, { money }) => ({
      subject: `${data.isWhole ? 'Verkauf erstattet' : 'Verkauf teilweise erstattet'}: ${tickets(data)}`,
      summary: `Der Käufer bekommt ${money(data.amount, data.currency)} für ${tickets(data)} zurück.`,
      paragraphs: [
        data.isWhole
          ? 'Der Verkauf ist damit beendet. Die Plätze sind wieder frei, sofern Sie das Ticket nicht zurückgezogen haben.'
          : 'Das ist ein Teil des Preises. Der Rest des Verkaufs bleibt, wie er ist.',
      ],
      order: data,
    }),
    welcome: ({ link }) => ({
      subject: 'Willkommen bei Ticketing: bitte bestätigen Sie Ihre Adresse',
      summary: 'Willkommen bei Ticketing: Ihr Konto ist eingerichtet.',
      paragraphs: [
        'Bitte bestätigen Sie, dass diese E-Mail-Adresse Ihnen gehört.',
        'Falls Sie kein Konto angelegt haben, ignorieren Sie diese Mail bitte.',
      ],
      button: { label: 'Adresse bestätigen', link },
    }),
    'verify-email': ({ link }) => ({
      subject: 'Bitte bestätigen Sie Ihre E-Mail-Adresse',
      summary: 'Bitte bestätigen Sie, dass die E-Mail-Adresse Ihres Kontos Ihnen gehört.',
      paragraphs: [foreignRequest],
      button: { label: 'Adresse bestätigen', link },
    }),
    'reset-password': ({ link, expiresAt }, { time }) => ({
      subject: 'Wählen Sie ein neues Passwort',
      summary: 'Jemand hat ein neues Passwort für Ihr Konto angefordert. Wir nehmen an, das waren Sie.',
      paragraphs: [
        `Der Link gilt einmal, bis ${time(expiresAt)}. Ein neues Passwort beendet alle Ihre Sitzungen.`,
        'Falls Sie es nicht waren, ignorieren Sie diese Mail bitte: Ihr Passwort bleibt, wie es ist.',
      ],
      button: { label: 'Neues Passwort wählen', link },
    }),
    'confirm-email-change': ({ link, newEmail, expiresAt }, { time }) => ({
      subject: 'Bitte bestätigen Sie die Änderung Ihrer E-Mail-Adresse',
      summary: `Die E-Mail-Adresse Ihres Kontos soll in ${foreign(newEmail, 254)} geändert werden.`,
      paragraphs: [
        'Sie ändert sich, sobald die alte und die neue Adresse zugestimmt haben. ' +
          `Der Link gilt bis ${time(expiresAt)}.`,
        'Falls Sie das nicht angefordert haben, öffnen Sie den Link nicht. ' +
          'Falls das Konto Ihnen gehört, ändern Sie bitte auch Ihr Passwort.',
      ],
      button: { label: 'Änderung bestätigen', link },
    }),
    'new-sign-in': ({ at, device }, { time }) => ({
      subject: 'Neue Anmeldung an Ihrem Konto',
      summary:
        `Jemand hat sich am ${time(at)} mit ${foreign(device, 80) || 'einem unbekannten Gerät'} ` +
        'aus einem neuen Netz an Ihrem Konto angemeldet.',
      paragraphs: [
        'Falls Sie es waren, müssen Sie nichts tun.',
        'Falls Sie es nicht waren, ändern Sie bitte sofort Ihr Passwort: das beendet alle anderen Sitzungen.',
      ],
    }),
    'password-changed': ({ at, by }, { time }) => ({
      subject: 'Ihr Passwort wurde geändert',
      summary:
        by === 'reset'
          ? `Das Passwort Ihres Kontos wurde am ${time(at)} über den Link in einer Mail geändert.`
          : `Das Passwort Ihres Kontos wurde am ${time(at)} geändert.`,
      paragraphs: [
        'Alle anderen Sitzungen sind beendet.',
        'Falls Sie es nicht waren, fordern Sie bitte sofort einen Link für ein neues Passwort an, ' +
          'und ändern Sie das Passwort Ihres Postfachs.',
      ],
    }),
  },
};
