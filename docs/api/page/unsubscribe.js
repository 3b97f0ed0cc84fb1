// Turns off the mails that the token in this page's address names.

const words = {
  en: {
    done: 'Done. You will no longer get these mails.',
    invalid: 'This link is not valid. Sign in to choose which mails you get.',
    later: 'That did not work. Please try again later.',
  },
  de: {
    title: 'Diese E-Mails abbestellen?',
    text: 'Du erhältst dann keine E-Mails dieser Art mehr. E-Mails zu deinem Geld oder deinem Konto bleiben.',
    confirm: 'Abbestellen',
    next: 'E-Mails auswählen',
    done: 'Erledigt. Du erhältst diese E-Mails nicht mehr.',
    invalid: 'Dieser Link ist nicht gültig. Melde dich an, um deine E-Mails auszuwählen.',
    later: 'Das hat nicht geklappt. Versuche es später noch einmal.',
  },
};
const locale = navigator.language.startsWith('de') ? 'de' : 'en';
const said = words[locale];
document.documentElement.lang = locale;
for (const id of ['title', 'text', 'confirm', 'next'])
  if (said[id]) document.getElementById(id).textContent = said[id];

const button = document.getElementById('confirm');
button.addEventListener('click', () => void unsubscribe());

async function unsubscribe() {
  button.disabled = true;
  const answer = await fetch(location.href, { method: 'POST' }).catch(() => undefined);
  const result = answer?.ok ? 'done' : answer?.status === 400 ? 'invalid' : 'later';
  document.getElementById('text').textContent = said[result];
  button.hidden = result !== 'later';
  document.getElementById('next').hidden = result === 'later';
  button.disabled = false;
}
