import { useMutation } from '@tanstack/react-query';
import { api, dataOf } from '../shared/api.js';
import { Field } from '../shared/field.js';
import { textOf } from '../shared/form.js';
import { useTexts } from '../shared/language.js';
import { Form, PasswordField, passwordOf, Refusal, useFaults } from './form.js';
import type { Profile } from './profile.js';
import { Done, Reveal, Section } from './section.js';
import { settingsTexts } from './settings-texts.js';
import { accountTexts } from './texts.js';

export function EmailSection({ profile: { email, emailVerified } }: Readonly<{ profile: Profile }>) {
  const texts = useTexts(settingsTexts);
  const change = useMutation({
    mutationFn: async (input: Readonly<{ email: string; password: string }>) => {
      dataOf(await api.requestEmailChange(input));
      return input.email;
    },
  });
  return (
    <Section title={texts.email}>
      <p className="row">
        <b>{email}</b>
        {emailVerified ? (
          <span className="tag tag-good">{texts.verified}</span>
        ) : (
          <span className="tag tag-bad">{texts.unverified}</span>
        )}
      </p>
      {!emailVerified && <Verification />}
      <Reveal label={texts.changeEmail} isDone={change.isSuccess}>
        <ChangeForm
          error={change.error}
          isPending={change.isPending}
          onSubmit={(input) => change.mutate(input)}
        />
      </Reveal>
      <Done>{change.isSuccess && texts.changeEmailSent(change.data)}</Done>
    </Section>
  );
}

function Verification() {
  const texts = useTexts(settingsTexts);
  const send = useMutation({ mutationFn: async () => dataOf(await api.requestEmailVerification()) });
  return (
    <>
      <p>{texts.verifyText}</p>
      <p>
        <button type="button" className="button" disabled={send.isPending} onClick={() => send.mutate()}>
          {texts.verifyAgain}
        </button>
      </p>
      <Refusal error={send.error} />
      <Done>{send.isSuccess && texts.verifySent}</Done>
    </>
  );
}

type ChangeFormProps = Readonly<{
  error: unknown;
  isPending: boolean;
  onSubmit: (input: Readonly<{ email: string; password: string }>) => void;
}>;

function ChangeForm({ error, isPending, onSubmit }: ChangeFormProps) {
  const texts = useTexts(settingsTexts);
  const { password, passwordMissing } = useTexts(accountTexts);
  const faults = useFaults(error, { email: texts.newEmailFault, password: passwordMissing });
  return (
    <Form
      action={texts.changeEmail}
      error={error}
      isPending={isPending}
      onSubmit={(form) => onSubmit({ email: textOf(form, 'email'), password: passwordOf(form) })}
    >
      <p>{texts.changeEmailText}</p>
      <Field
        label={texts.newEmail}
        name="email"
        type="email"
        autoComplete="email"
        required
        error={faults['email']}
      />
      <PasswordField
        label={password}
        name="password"
        autoComplete="current-password"
        error={faults['password']}
      />
    </Form>
  );
}
