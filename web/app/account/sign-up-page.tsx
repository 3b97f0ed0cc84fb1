import { useMutation } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { api, dataOf } from '../shared/api.js';
import { textOf } from '../shared/form.js';
import { useTexts } from '../shared/language.js';
import { Page } from '../shared/page.js';
import { sessionChanged, useUser } from '../shared/queries.js';
import './account.css';
import { AddressField, Form, PasswordField, passwordOf, useFaults } from './form.js';
import { passwordFault } from './password-fault.js';
import { useLeaveWhenSignedIn } from './signed-in.js';
import { accountTexts } from './texts.js';

export function SignUpPage() {
  const texts = useTexts(accountTexts);
  const search = useSearch({ from: '/signup' });
  const user = useUser();
  useLeaveWhenSignedIn(search.next);
  const signUp = useMutation({
    mutationFn: async (input: Credentials) => dataOf(await api.signUp(input)),
    onSuccess: sessionChanged,
  });
  // A system may want a verified address before the first session.
  if (signUp.isSuccess && user === null)
    return (
      <Page key="sent" title={texts.sent} lead={texts.sentText}>
        <Link to="/signin" search={search} className="button button-main">
          {texts.signIn}
        </Link>
      </Page>
    );
  return (
    <Page title={texts.signUp} lead={texts.signUpLead}>
      <div className="card entry">
        <SignUpForm
          error={signUp.error}
          isPending={signUp.isPending}
          input={signUp.variables}
          onSubmit={(input) => signUp.mutate(input)}
        />
        <p className="row">
          {texts.haveAccount}
          <Link to="/signin" search={search} className="button">
            {texts.signIn}
          </Link>
        </p>
      </div>
    </Page>
  );
}

type Credentials = Readonly<{ email: string; password: string }>;

type SignUpFormProps = Readonly<{
  error: unknown;
  isPending: boolean;
  input: Credentials | undefined;
  onSubmit: (input: Credentials) => void;
}>;

function SignUpForm({ error, isPending, input, onSubmit }: SignUpFormProps) {
  const texts = useTexts(accountTexts);
  const fault = passwordFault(input?.password ?? '', input?.email ?? '');
  const faults = useFaults(error, { email: texts.emailFault, password: texts.passwordFaults[fault] });
  return (
    <Form
      action={texts.signUp}
      error={error}
      isPending={isPending}
      onSubmit={(form) => onSubmit({ email: textOf(form, 'email'), password: passwordOf(form) })}
    >
      <AddressField error={faults['email']} />
      <PasswordField
        label={texts.password}
        name="password"
        autoComplete="new-password"
        minLength={8}
        hint={texts.passwordHint}
        error={faults['password']}
      />
    </Form>
  );
}
