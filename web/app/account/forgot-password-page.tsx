import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, dataOf } from '../shared/api.js';
import { textOf } from '../shared/form.js';
import { useTexts } from '../shared/language.js';
import { Page } from '../shared/page.js';
import './account.css';
import { AddressField, Form, useFaults } from './form.js';
import { accountTexts } from './texts.js';

/** Asks for a link that resets the password. The answer is the same for every address. */
export function ForgotPasswordPage() {
  const texts = useTexts(accountTexts);
  const request = useMutation({
    mutationFn: async (email: string) => dataOf(await api.requestPasswordReset({ email })),
  });
  const faults = useFaults(request.error, { email: texts.emailFault });
  return (
    <Page title={texts.resetTitle} lead={texts.resetLead}>
      <div className="card entry">
        <Form
          action={texts.sendLink}
          error={request.error}
          isPending={request.isPending}
          onSubmit={(form) => request.mutate(textOf(form, 'email'))}
          aside={<Link to="/signin">{texts.toSignIn}</Link>}
        >
          <AddressField error={faults['email']} />
        </Form>
        <div role="status">
          {request.isSuccess && <p className="notice notice-good">{texts.resetSent}</p>}
        </div>
      </div>
    </Page>
  );
}
