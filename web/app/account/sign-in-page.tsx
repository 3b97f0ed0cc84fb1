import { useMutation } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { api, dataOf } from '../shared/api.js';
import { textOf } from '../shared/form.js';
import { useTexts } from '../shared/language.js';
import { Page } from '../shared/page.js';
import { sessionChanged } from '../shared/queries.js';
import './account.css';
import { AddressField, Form, PasswordField, passwordOf, useFaults } from './form.js';
import { useLeaveWhenSignedIn } from './signed-in.js';
import { accountTexts } from './texts.js';

export function SignInPage() {
  const texts = useTexts(accountTexts);
  const search = useSearch({ from: '/signin' });
  useLeaveWhenSignedIn(search.next);
  const signIn = useMutation({
    mutationFn: async (form: HTMLFormElement) =>
      dataOf(await api.signIn({ email: textOf(form, 'email'), password: passwordOf(form) })),
    onSuccess: sessionChanged,
  });
  const faults = useFaults(signIn.error, { email: texts.emailFault, password: texts.passwordMissing });
  return (
    <Page title={texts.signIn}>
      <div className="card entry">
        <Form
          action={texts.signIn}
          error={signIn.error}
          isPending={signIn.isPending}
          onSubmit={(form) => signIn.mutate(form)}
          aside={<Link to="/forgot-password">{texts.forgot}</Link>}
        >
          <AddressField error={faults['email']} />
          <PasswordField
            label={texts.password}
            name="password"
            autoComplete="current-password"
            error={faults['password']}
          />
        </Form>
        <p className="row">
          {texts.noAccount}
          <Link to="/signup" search={search} className="button">
            {texts.signUp}
          </Link>
        </p>
      </div>
    </Page>
  );
}
