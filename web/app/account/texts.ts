// The texts of signing in, signing up and forgotten passwords, and the errors of every operation on an account.

import type { Texts } from '../shared/language.js';
import type { PasswordFault } from './password-fault.js';

// For errors that no page of this shop should cause.
const reload = {
  en: 'Something went wrong on our side. Load the page again.',
  de: 'Bei uns ist etwas schiefgegangen. Lade die Seite neu.',
};

const en = {
  signIn: 'Sign in',
  signUp: 'Create an account',
  signUpLead: 'To buy and to sell. You only need an e-mail address.',
  email: 'E-mail address',
  password: 'Password',
  passwordHint: 'At least 8 characters. Not a common password, and not your e-mail address.',
  show: 'Show',
  hide: 'Hide',
  showPassword: 'Show password',
  hidePassword: 'Hide password',
  forgot: 'Forgot your password?',
  noAccount: 'No account yet?',
  haveAccount: 'Already have an account?',
  sent: 'Check your mailbox',
  sentText: 'Your account is ready. Open the link in the mail that we have sent you, then sign in.',
  resetTitle: 'Forgot your password?',
  resetLead: 'We send you a link to choose a new one.',
  sendLink: 'Send the link',
  resetSent:
    'If this address has an account, a mail with a link is on its way. The link works once, for 30 minutes. No mail? Check the spam folder, too.',
  toSignIn: 'Back to sign in',
  waitFor: (moment: string) => `You can try again ${moment}.`,
  emailFault: 'Enter an e-mail address, for example ann@example.com.',
  passwordMissing: 'Enter your password.',
  passwordFaults: {
    short: 'This is too short: use at least 8 characters.',
    long: 'This is too long: use at most 128 characters.',
    'own-address': 'Choose a password that is not your e-mail address.',
    common: 'This password is too common: others try it first.',
  } satisfies Record<PasswordFault, string>,
  errors: {
    'invalid-credentials': 'The e-mail address or the password is wrong.',
    'wrong-password': 'The password is wrong.',
    'account-blocked': 'This account is blocked. Contact support.',
    'email-not-verified':
      'This e-mail address is not verified yet. We have just sent you a mail: open its link, then sign in here.',
    'email-in-use': 'An account with this e-mail address exists already.',
    'too-many-attempts': 'Too many failed attempts.',
    'too-many-sessions': 'You have signed in too often in a short time.',
    'too-many-mails': 'We have sent you several mails already. Check your mailbox and the spam folder.',
    'request-timeout': 'Your connection is too slow. Try again.',
    'cross-origin': 'This page may not do that. Open the shop at its own address.',
    'invalid-json': reload.en,
    'body-too-large': reload.en,
    'unsupported-media-type': reload.en,
  } as Readonly<Record<string, string>>,
};

const de: typeof en = {
  signIn: 'Anmelden',
  signUp: 'Konto anlegen',
  signUpLead: 'Zum Kaufen und zum Verkaufen. Du brauchst nur eine E-Mail-Adresse.',
  email: 'E-Mail-Adresse',
  password: 'Passwort',
  passwordHint: 'Mindestens 8 Zeichen. Kein verbreitetes Passwort und nicht deine E-Mail-Adresse.',
  show: 'Anzeigen',
  hide: 'Verbergen',
  showPassword: 'Anzeigen: Passwort',
  hidePassword: 'Verbergen: Passwort',
  forgot: 'Passwort vergessen?',
  noAccount: 'Noch kein Konto?',
  haveAccount: 'Hast du schon ein Konto?',
  sent: 'Sieh in dein Postfach',
  sentText: 'Dein Konto ist angelegt. Öffne den Link in der Mail von uns und melde dich dann an.',
  resetTitle: 'Passwort vergessen?',
  resetLead: 'Wir schicken dir einen Link, mit dem du ein neues wählst.',
  sendLink: 'Link schicken',
  resetSent:
    'Wenn es zu dieser Adresse ein Konto gibt, ist eine Mail mit einem Link unterwegs. Er gilt einmal, 30 Minuten lang. Keine Mail? Sieh auch im Spam-Ordner nach.',
  toSignIn: 'Zurück zur Anmeldung',
  waitFor: (moment) => `Du kannst es ${moment} noch einmal versuchen.`,
  emailFault: 'Gib eine E-Mail-Adresse ein, zum Beispiel ann@example.com.',
  passwordMissing: 'Gib dein Passwort ein.',
  passwordFaults: {
    short: 'Das ist zu kurz: Nimm mindestens 8 Zeichen.',
    long: 'Das ist zu lang: Nimm höchstens 128 Zeichen.',
    'own-address': 'Wähle ein Passwort, das nicht deine E-Mail-Adresse ist.',
    common: 'Dieses Passwort ist zu verbreitet: Andere probieren es zuerst.',
  },
  errors: {
    'invalid-credentials': 'Die E-Mail-Adresse oder das Passwort ist falsch.',
    'wrong-password': 'Das Passwort ist falsch.',
    'account-blocked': 'Dieses Konto ist gesperrt. Schreib dem Support.',
    'email-not-verified':
      'Diese E-Mail-Adresse ist noch nicht bestätigt. Wir haben dir gerade eine Mail geschickt: Öffne ihren Link und melde dich dann hier an.',
    'email-in-use': 'Zu dieser E-Mail-Adresse gibt es schon ein Konto.',
    'too-many-attempts': 'Zu viele Fehlversuche.',
    'too-many-sessions': 'Du hast dich in kurzer Zeit zu oft angemeldet.',
    'too-many-mails':
      'Wir haben dir schon mehrere Mails geschickt. Sieh in dein Postfach und den Spam-Ordner.',
    'request-timeout': 'Deine Verbindung ist zu langsam. Versuche es noch einmal.',
    'cross-origin': 'Das darf diese Seite nicht. Öffne den Shop unter seiner eigenen Adresse.',
    'invalid-json': reload.de,
    'body-too-large': reload.de,
    'unsupported-media-type': reload.de,
  },
};

export const accountTexts: Texts<typeof en> = { en, de };
