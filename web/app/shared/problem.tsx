// How pages show errors.

import type { ReactNode } from 'react';
import { ApiProblem } from './api.js';
import { useLanguage, useTexts } from './language.js';
import { sharedTexts } from './texts.js';

/** A sentence for an error: that of its code in the language of the page, or else the API's own. */
export function useSentence(sentences: Readonly<Record<string, string>> = {}): (error: unknown) => string {
  const texts = useTexts(sharedTexts);
  return (error) => {
    if (!(error instanceof ApiProblem)) return texts.noConnection;
    return sentences[error.code] ?? texts.errors[error.code] ?? error.message;
  };
}

type ProblemProps = Readonly<{
  error: unknown;
  /** a sentence by the code of an error */
  sentences?: Readonly<Record<string, string>>;
  onRetry?: () => void;
  children?: ReactNode;
}>;

/** An error, announced to screen readers, with what the user can do about it. */
export function Problem({ error, sentences, onRetry, children }: ProblemProps) {
  const texts = useTexts(sharedTexts);
  const sentence = useSentence(sentences);
  const { language } = useLanguage();
  if (!error) return null;
  const isFault = error instanceof ApiProblem && error.status >= 500;
  return (
    <div className="notice notice-problem" role="alert" lang={language}>
      <p>{sentence(error)}</p>
      {isFault && error.requestId !== undefined && (
        <p className="small">{texts.requestId(error.requestId)}</p>
      )}
      {children}
      {onRetry && (
        <button type="button" className="button" onClick={onRetry}>
          {texts.again}
        </button>
      )}
    </div>
  );
}

/** The fields of `invalid-input`, each with the API's sentence. */
export const fieldsOf = (error: unknown): Readonly<Record<string, string>> =>
  error instanceof ApiProblem ? error.fields : {};
