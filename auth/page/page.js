// The page that a link in a mail opens. Its address ends in `#<purpose>.<token>`. Nothing happens before the reader presses the
// button: programs that check mails open links, too.

const en = {
  'verify-email': {
    title: 'Confirm your e-mail address',
    text: 'Press the button to confirm that this address is yours.',
    action: 'Confirm',
    done: 'Your e-mail address is confirmed.',
  },
  'reset-password': {
    title: 'Choose a new password',
    text: 'You will be signed out everywhere.',
    action: 'Set the password',
    done: 'Your new password is set. Sign in with it.',
  },
  'confirm-old-email': {
    title: 'Change your e-mail address',
    text: 'Press the button to give up this address for your account. The link in the mail to the new address is needed, too.',
    action: 'Confirm the change',
  },
  'confirm-new-email': {
    title: 'Use this e-mail address',
    text: 'Press the button to use this address for the account. The link in the mail to the old address is needed, too.',
    action: 'Confirm the change',
  },
  changed: 'The e-mail address is changed. Sign in with the new one.',
  'waiting-for-other-address': 'Confirmed. Now open the link in the mail to the other address.',
  password: 'New password',
  hint: 'At least 8 characters.',
  show: 'Show the password',
  invalid: 'This link is not valid',
  next: 'Go on to Ticketing',
  refusals: {
    'link-invalid': 'This link has been used, has expired or is incomplete. Ask for a new one.',
    'account-blocked': 'This account is blocked. Contact support.',
    'email-in-use': 'An account with this e-mail address exists.',
    'invalid-input':
      'Choose another password: at least 8 characters, not a common one, and not your e-mail address.',
    'too-many-requests': 'Too many requests. Try again in a minute.',
    other: 'This did not work. Try again in a moment.',
  },
};

const de = {
  'verify-email': {
    title: 'E-Mail-Adresse bestätigen',
    text: 'Bestätige mit der Schaltfläche, dass diese Adresse dir gehört.',
    action: 'Bestätigen',
    done: 'Deine E-Mail-Adresse ist bestätigt.',
  },
  'reset-password': {
    title: 'Neues Passwort wählen',
    text: 'Du wirst überall abgemeldet.',
    action: 'Passwort speichern',
    done: 'Das neue Passwort gilt. Melde dich damit an.',
  },
  'confirm-old-email': {
    title: 'E-Mail-Adresse ändern',
    text: 'Bestätige, dass dein Konto diese Adresse nicht mehr verwendet. Auch der Link in der E-Mail an die neue Adresse ist nötig.',
    action: 'Änderung bestätigen',
  },
  'confirm-new-email': {
    title: 'Diese E-Mail-Adresse verwenden',
    text: 'Bestätige, dass das Konto diese Adresse verwendet. Auch der Link in der E-Mail an die alte Adresse ist nötig.',
    action: 'Änderung bestätigen',
  },
  changed: 'Die E-Mail-Adresse ist geändert. Melde dich mit der neuen an.',
  'waiting-for-other-address': 'Bestätigt. Öffne nun den Link in der E-Mail an die andere Adresse.',
  password: 'Neues Passwort',
  hint: 'Mindestens 8 Zeichen.',
  show: 'Passwort anzeigen',
  invalid: 'Dieser Link ist nicht gültig',
  next: 'Weiter zu Ticketing',
  refusals: {
    'link-invalid':
      'Dieser Link wurde schon verwendet, ist abgelaufen oder unvollständig. Fordere einen neuen an.',
    'account-blocked': 'Dieses Konto ist gesperrt. Schreibe dem Support.',
    'email-in-use': 'Es gibt schon ein Konto mit dieser E-Mail-Adresse.',
    'invalid-input':
      'Wähle ein anderes Passwort: mindestens 8 Zeichen, kein verbreitetes und nicht deine E-Mail-Adresse.',
    'too-many-requests': 'Zu viele Anfragen. Versuche es in einer Minute noch einmal.',
    other: 'Das hat nicht funktioniert. Versuche es gleich noch einmal.',
  },
};

const paths = {
  'verify-email': '/api/users/email-verifications/confirm',
  'reset-password': '/api/users/password-resets/confirm',
  'confirm-old-email': '/api/users/email-changes/confirm',
  'confirm-new-email': '/api/users/email-changes/confirm',
};

const texts = navigator.language.toLowerCase().startsWith('de') ? de : en;
const element = (id) => document.querySelector(`#${id}`);
const write = (id, text) => {
  element(id).textContent = text;
};
let link;

function readLink() {
  const fragment = location.hash.slice(1);
  if (fragment === '') return undefined;
  // The token leaves the address, and with it the history of the browser.
  history.replaceState(null, '', location.pathname);
  const dot = fragment.indexOf('.');
  const purpose = fragment.slice(0, dot);
  return { purpose: Object.hasOwn(paths, purpose) ? purpose : undefined, token: fragment.slice(dot + 1) };
}

function showResult(text, kind) {
  write('result', text);
  element('result').className = kind;
}

/** Without the form there is nothing left to do on this page, and a link leads on. */
function showForm(isShown) {
  element('form').hidden = !isShown;
  element('next').hidden = isShown;
}

function show() {
  document.documentElement.lang = texts === de ? 'de' : 'en';
  const isKnown = link?.purpose !== undefined;
  const { title, text, action } = isKnown ? texts[link.purpose] : { title: texts.invalid };
  document.title = title;
  write('title', title);
  write('text', text ?? '');
  write('action', action ?? '');
  write('password-label', texts.password);
  write('hint', texts.hint);
  write('show-label', texts.show);
  write('next', texts.next);
  showForm(isKnown);
  element('password-field').hidden = link?.purpose !== 'reset-password';
  element('password').required = link?.purpose === 'reset-password';
  if (isKnown) showResult('', '');
  else showResult(texts.refusals['link-invalid'], 'failure');
}

async function send() {
  const { purpose, token } = link;
  const body = purpose === 'reset-password' ? { token, password: element('password').value } : { token };
  const answer = await fetch(paths[purpose], {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const content = await answer.json();
  if (answer.ok) {
    showForm(false);
    write('text', '');
    return showResult(texts[purpose].done ?? texts[content.status], 'success');
  }
  const { code } = content.errors[0];
  if (code === 'link-invalid') showForm(false);
  return showResult(texts.refusals[code] ?? texts.refusals.other, 'failure');
}

async function sendAndShow() {
  element('action').disabled = true;
  try {
    await send();
  } catch {
    showResult(texts.refusals.other, 'failure');
  } finally {
    element('action').disabled = false;
  }
}

element('form').addEventListener('submit', (event) => {
  event.preventDefault();
  void sendAndShow();
});

element('show').addEventListener('change', ({ target }) => {
  element('password').type = target.checked ? 'text' : 'password';
});

// Another link that is opened in this tab changes the fragment only.
addEventListener('hashchange', () => {
  const next = readLink();
  if (!next) return;
  link = next;
  element('password').value = '';
  show();
});

link = readLink();
show();
