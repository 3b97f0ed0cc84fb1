// An error of an action that is safe to repeat: the repeat has the same idempotency key.

import { Link } from '@tanstack/react-router';
import { ApiProblem } from './api.js';
import { useTexts, type Texts } from './language.js';
import { Problem } from './problem.js';
import { isSignedOut } from './queries.js';
import { sharedTexts } from './texts.js';

type Sentences = Readonly<Record<string, string>>;

// Errors that no page of this shop should cause, or only for a moment.
const technical: Texts<Sentences> = {
  en: {
    'request-in-flight': 'Your request is still being handled. Try again in a moment.',
    'request-timeout': 'Your connection is too slow. Try again.',
    'idempotency-key-reused': 'This page is out of date. Load it again.',
    'cross-origin': 'This page may not do that. Open the shop at its own address.',
    'invalid-json': 'Something went wrong on our side. Load the page again.',
    'body-too-large': 'Something went wrong on our side. Load the page again.',
    'unsupported-media-type': 'Something went wrong on our side. Load the page again.',
  },
  de: {
    'request-in-flight': 'Deine Anfrage wird noch bearbeitet. Versuche es gleich noch einmal.',
    'request-timeout': 'Deine Verbindung ist zu langsam. Versuche es noch einmal.',
    'idempotency-key-reused': 'Diese Seite ist veraltet. Lade sie neu.',
    'cross-origin': 'Das darf diese Seite nicht. Öffne den Shop unter seiner eigenen Adresse.',
    'invalid-json': 'Bei uns ist etwas schiefgegangen. Lade die Seite neu.',
    'body-too-large': 'Bei uns ist etwas schiefgegangen. Lade die Seite neu.',
    'unsupported-media-type': 'Bei uns ist etwas schiefgegangen. Lade die Seite neu.',
  },
};

type Props = Readonly<{
  error: unknown;
  /** a sentence by the code of an error */
  sentences: Sentences;
  /** the sentence for a lost connection: nobody knows whether the action was done */
  lost: string;
  onRetry: () => void;
}>;

export function Failure({ error, sentences, lost, onRetry }: Props) {
  const texts = useTexts(sharedTexts);
  const others = useTexts(technical);
  if (!error) return null;
  if (error instanceof ApiProblem)
    return (
      <Problem
        error={error}
        sentences={{ ...others, ...sentences }}
        {...(error.status >= 500 && { onRetry })}
      >
        {isSignedOut(error) && (
          <Link to="/signin" search={{ next: location.pathname }} className="button">
            {texts.signIn}
          </Link>
        )}
      </Problem>
    );
  return (
    <div className="notice notice-problem" role="alert">
      <p>{lost}</p>
      <button type="button" className="button" onClick={onRetry}>
        {texts.again}
      </button>
    </div>
  );
}
