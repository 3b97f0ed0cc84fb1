// The form of every operation on an account. The API checks the input; its answer stands beside the fields.

import { useEffect, useRef, useState, type InputHTMLAttributes, type ReactNode } from 'react';
import { ApiProblem } from '../shared/api.js';
import { Field } from '../shared/field.js';
import { useFormats } from '../shared/format.js';
import { useTexts } from '../shared/language.js';
import { fieldsOf, Problem } from '../shared/problem.js';
import { queryClient } from '../shared/queries.js';
import { accountTexts } from './texts.js';

type FormProps = Readonly<{
  action: string;
  error: unknown;
  isPending: boolean;
  onSubmit: (form: HTMLFormElement) => void;
  children: ReactNode;
  /** beside the button */
  aside?: ReactNode;
  /** the button of an action that cannot be undone */
  isDangerous?: boolean;
  isLocked?: boolean;
}>;

export function Form({ action, error, isPending, onSubmit, children, ...more }: FormProps) {
  const { aside, isDangerous = false, isLocked = false } = more;
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [error]);
  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(event.currentTarget);
      }}
    >
      {children}
      <Refusal error={error} />
      <p className="row">
        <button
          type="submit"
          className={`button ${isDangerous ? 'button-bad' : 'button-main'}`}
          disabled={isPending || isLocked}
        >
          {action}
        </button>
        {aside}
      </p>
    </form>
  );
}

/** An error that no field shows, with the time after which a repeat makes sense. */
export function Refusal({ error }: Readonly<{ error: unknown }>) {
  const texts = useTexts(accountTexts);
  const { fromNow } = useFormats();
  if (isOfFields(error)) return null;
  const wait = error instanceof ApiProblem ? error.retryAfterSeconds : undefined;
  return (
    <Problem error={error} sentences={texts.errors}>
      {wait !== undefined && <p>{texts.waitFor(fromNow(wait))}</p>}
    </Problem>
  );
}

const isOfFields = (error: unknown): boolean =>
  error instanceof ApiProblem && (error.code === 'wrong-password' || Object.keys(error.fields).length > 0);

/** The sentence beside each field that an error is about. `wrong-password` is about the field `password`. */
export function useFaults(error: unknown, sentences: Readonly<Record<string, string>>) {
  const { errors } = useTexts(accountTexts);
  if (error instanceof ApiProblem && error.code === 'wrong-password')
    return { password: errors['wrong-password'] };
  const faults = Object.entries(fieldsOf(error)).map(([name, message]) => [name, sentences[name] ?? message]);
  return Object.fromEntries(faults) as Readonly<Record<string, string | undefined>>;
}

// The typed address stays until the session changes. It never enters a URL.
const typedAddress = ['typed address'];

/** The e-mail address of the account. What was typed on one page is still there on the next. */
export function AddressField({ error }: Readonly<{ error: string | undefined }>) {
  const { email } = useTexts(accountTexts);
  return (
    <Field
      label={email}
      name="email"
      type="email"
      autoComplete="username"
      required
      defaultValue={queryClient.getQueryData<string>(typedAddress)}
      onChange={({ currentTarget }) => queryClient.setQueryData(typedAddress, currentTarget.value)}
      error={error}
    />
  );
}

type PasswordProps = Readonly<{ label: string; hint?: string; error: string | undefined }> &
  InputHTMLAttributes<HTMLInputElement>;

/** A password that its owner can show. White space around it is a part of it. */
export function PasswordField(props: PasswordProps) {
  const texts = useTexts(accountTexts);
  const [isShown, setShown] = useState(false);
  return (
    <div className="password">
      <Field
        type={isShown ? 'text' : 'password'}
        required
        autoCapitalize="none"
        spellCheck={false}
        {...props}
      />
      <button
        type="button"
        className="link"
        aria-label={isShown ? texts.hidePassword : texts.showPassword}
        onClick={() => setShown(!isShown)}
      >
        {isShown ? texts.hide : texts.show}
      </button>
    </div>
  );
}

/** The text of a password, as it was typed. */
export function passwordOf(form: HTMLFormElement, name = 'password'): string {
  const value = new FormData(form).get(name);
  return typeof value === 'string' ? value : '';
}
