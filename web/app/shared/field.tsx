// One input with its label, hint and error, connected for screen readers.

import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes } from 'react';
import { useTexts } from './language.js';
import { sharedTexts } from './texts.js';

type Common = Readonly<{ label: ReactNode; hint?: ReactNode; error?: string | undefined }>;

function useField({ hint, error }: Common) {
  const id = useId();
  const described = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(
    Boolean,
  );
  return {
    id,
    aria: {
      'aria-invalid': error === undefined ? undefined : true,
      'aria-describedby': described.length > 0 ? described.join(' ') : undefined,
    },
  };
}

function Frame({
  id,
  label,
  hint,
  error,
  isOptional,
  children,
}: Common & Readonly<{ id: string; isOptional: boolean; children: ReactNode }>) {
  const texts = useTexts(sharedTexts);
  return (
    <div className="field">
      <label htmlFor={id}>
        {label} {isOptional && <span className="muted">({texts.optional})</span>}
      </label>
      {children}
      {hint !== undefined && (
        <p id={`${id}-hint`} className="small muted">
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p id={`${id}-error`} className="field-error">
          {error}
        </p>
      )}
    </div>
  );
}

export function Field({ label, hint, error, ...input }: Common & InputHTMLAttributes<HTMLInputElement>) {
  const { id, aria } = useField({ label, hint, error });
  return (
    <Frame {...{ id, label, hint, error }} isOptional={!input.required}>
      <input id={id} {...aria} {...input} />
    </Frame>
  );
}

export function Choice({
  label,
  hint,
  error,
  children,
  ...select
}: Common & SelectHTMLAttributes<HTMLSelectElement>) {
  const { id, aria } = useField({ label, hint, error });
  return (
    <Frame {...{ id, label, hint, error }} isOptional={false}>
      <select id={id} {...aria} {...select}>
        {children}
      </select>
    </Frame>
  );
}
