// The texts of the account page.

import type { Texts } from '../shared/language.js';

const en = {
  title: 'Account',
  signOut: 'Sign out',
  signedInAs: (email: string) => `Signed in as ${email}`,
  saved: 'Saved.',
  profile: 'Profile',
  name: 'Name',
  nameHint: 'Others see it beside your tickets.',
  nameFault: 'Use 1 to 60 visible characters.',
  language: 'Language',
  languageHint: 'For this page and for mails.',
  languages: { en: 'English', de: 'Deutsch' },
  timeZone: 'Time zone',
  timeZoneHint: 'For times in mails.',
  email: 'E-mail address',
  verified: 'verified',
  unverified: 'not verified',
  verifyText:
    'We have sent you a link. Open it, so that you can get your account back if you forget the password.',
  verifyAgain: 'Send the link again',
  verifySent: 'The mail is on its way.',
  changeEmail: 'Change the address',
  changeEmailText:
    'We send a link to your current and to your new address. Open both within a day. The change then signs you out everywhere.',
  newEmail: 'New address',
  newEmailFault: 'Enter a valid address that is not your current one.',
  changeEmailSent: (email: string) =>
    `Two mails are on their way: to your current address and to ${email}. Open both links within a day.`,
  password: 'Password',
  passwordText: 'A new password signs you out on all other devices.',
  changePassword: 'Change the password',
  presentPassword: 'Current password',
  newPassword: 'New password',
  passwordChanged: 'Your new password is set. All other devices are signed out.',
  devices: 'Devices',
  devicesText:
    'You are signed in on these devices. Sign out any that you do not know, then change your password.',
  thisDevice: 'this device',
  since: (moment: string) => `since ${moment}`,
  end: 'Sign out',
  ended: 'This device is signed out.',
  allDevices: (count: number) => `Show all ${count}`,
  deviceOn: (browser: string, system: string) => `${browser} on ${system}`,
  unknownDevice: 'Unknown device',
  data: 'Your data',
  dataText: 'What we keep about your account, as a file. Orders and payments are on the page of your orders.',
  export: 'Download my data',
  delete: 'Delete the account',
  deleteText: 'This is final. Nobody can restore the account.',
  deleteTitle: 'Delete the account?',
  consequences: [
    'Your orders that are not paid are cancelled.',
    'Your tickets for sale are withdrawn. What others have bought stays theirs.',
    'Tickets that you have paid are lost: nobody can show them any more. You get no money back.',
    'Your name, your address and your messages are erased.',
  ],
  sure: 'I know that this cannot be undone.',
  hasPaidTickets: (count: number) =>
    count === 1
      ? 'One of your paid orders still has tickets. Confirm below that you give them up.'
      : `${count} of your paid orders still have tickets. Confirm below that you give them up.`,
  giveUpTickets: 'I give up my paid tickets.',
  deleted: 'Your account is deleted',
  deletedText: 'Thank you for using Ticketing.',
};

const de: typeof en = {
  title: 'Konto',
  signOut: 'Abmelden',
  signedInAs: (email) => `Angemeldet als ${email}`,
  saved: 'Gespeichert.',
  profile: 'Profil',
  name: 'Name',
  nameHint: 'Andere sehen ihn bei deinen Tickets.',
  nameFault: 'Nimm 1 bis 60 sichtbare Zeichen.',
  language: 'Sprache',
  languageHint: 'Für diese Seite und für Mails.',
  languages: { en: 'English', de: 'Deutsch' },
  timeZone: 'Zeitzone',
  timeZoneHint: 'Für Uhrzeiten in Mails.',
  email: 'E-Mail-Adresse',
  verified: 'bestätigt',
  unverified: 'nicht bestätigt',
  verifyText:
    'Wir haben dir einen Link geschickt. Öffne ihn, damit du dein Konto zurückbekommst, wenn du das Passwort vergisst.',
  verifyAgain: 'Link noch einmal schicken',
  verifySent: 'Die Mail ist unterwegs.',
  changeEmail: 'Adresse ändern',
  changeEmailText:
    'Wir schicken einen Link an deine jetzige und an deine neue Adresse. Öffne beide binnen eines Tages. Die Änderung meldet dich dann überall ab.',
  newEmail: 'Neue Adresse',
  newEmailFault: 'Gib eine gültige Adresse ein, die nicht die jetzige ist.',
  changeEmailSent: (email) =>
    `Zwei Mails sind unterwegs: an deine jetzige Adresse und an ${email}. Öffne beide Links binnen eines Tages.`,
  password: 'Passwort',
  passwordText: 'Ein neues Passwort meldet dich auf allen anderen Geräten ab.',
  changePassword: 'Passwort ändern',
  presentPassword: 'Aktuelles Passwort',
  newPassword: 'Neues Passwort',
  passwordChanged: 'Dein neues Passwort gilt. Alle anderen Geräte sind abgemeldet.',
  devices: 'Geräte',
  devicesText:
    'Auf diesen Geräten bist du angemeldet. Melde ab, was du nicht kennst, und ändere dann dein Passwort.',
  thisDevice: 'dieses Gerät',
  since: (moment) => `seit ${moment}`,
  end: 'Abmelden',
  ended: 'Dieses Gerät ist abgemeldet.',
  allDevices: (count) => `Alle ${count} zeigen`,
  deviceOn: (browser, system) => `${browser} auf ${system}`,
  unknownDevice: 'Unbekanntes Gerät',
  data: 'Deine Daten',
  dataText:
    'Was wir zu deinem Konto speichern, als Datei. Bestellungen und Zahlungen stehen auf der Seite deiner Bestellungen.',
  export: 'Meine Daten herunterladen',
  delete: 'Konto löschen',
  deleteText: 'Das ist endgültig. Niemand kann das Konto wiederherstellen.',
  deleteTitle: 'Konto löschen?',
  consequences: [
    'Deine unbezahlten Bestellungen werden storniert.',
    'Deine Tickets im Verkauf werden zurückgezogen. Was andere gekauft haben, behalten sie.',
    'Tickets, die du bezahlt hast, sind verloren: Niemand kann sie mehr vorzeigen. Du bekommst kein Geld zurück.',
    'Dein Name, deine Adresse und deine Nachrichten werden gelöscht.',
  ],
  sure: 'Ich weiß, dass sich das nicht rückgängig machen lässt.',
  hasPaidTickets: (count) =>
    count === 1
      ? 'Zu einer deiner bezahlten Bestellungen gehören noch Tickets. Bestätige unten, dass du sie aufgibst.'
      : `Zu ${count} deiner bezahlten Bestellungen gehören noch Tickets. Bestätige unten, dass du sie aufgibst.`,
  giveUpTickets: 'Ich gebe meine bezahlten Tickets auf.',
  deleted: 'Dein Konto ist gelöscht',
  deletedText: 'Danke, dass du da warst.',
};

export const settingsTexts: Texts<typeof en> = { en, de };
