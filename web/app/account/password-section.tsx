import { useMutation } from '@tanstack/react-query';
import { api, dataOf } from '../shared/api.js';
import { useTexts } from '../shared/language.js';
import { queryClient } from '../shared/queries.js';
import { Form, PasswordField, passwordOf, useFaults } from './form.js';
import { passwordFault } from './password-fault.js';
import type { Profile } from './profile.js';
import { Done, Reveal, Section } from './section.js';
import { settingsTexts } from './settings-texts.js';
import { accountTexts } from './texts.js';

type Passwords = Readonly<{ password: string; newPassword: string }>;

export function PasswordSection({ profile: { email } }: Readonly<{ profile: Profile }>) {
  const texts = useTexts(settingsTexts);
  const change = useMutation({
    mutationFn: async (input: Passwords) => dataOf(await api.changePassword(input)),
    // The new session is of the same user, so that everything else on the page stays.
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ['sessions'] }),
  });
  return (
    <Section title={texts.password}>
      <p className="muted">{texts.passwordText}</p>
      <Reveal label={texts.changePassword} isDone={change.isSuccess}>
        <ChangeForm
          email={email}
          error={change.error}
          isPending={change.isPending}
          input={change.variables}
          onSubmit={(input) => change.mutate(input)}
        />
      </Reveal>
      <Done>{change.isSuccess && texts.passwordChanged}</Done>
    </Section>
  );
}

type ChangeFormProps = Readonly<{
  email: string;
  error: unknown;
  isPending: boolean;
  input: Passwords | undefined;
  onSubmit: (input: Passwords) => void;
}>;

function ChangeForm({ email, error, isPending, input, onSubmit }: ChangeFormProps) {
  const texts = useTexts(settingsTexts);
  const { passwordHint, passwordMissing, passwordFaults } = useTexts(accountTexts);
  const fault = passwordFault(input?.newPassword ?? '', email);
  const faults = useFaults(error, { password: passwordMissing, newPassword: passwordFaults[fault] });
  return (
    <Form
      action={texts.changePassword}
      error={error}
      isPending={isPending}
      onSubmit={(form) =>
        onSubmit({ password: passwordOf(form), newPassword: passwordOf(form, 'newPassword') })
      }
    >
      {/* Password managers learn whose password changes. */}
      <input type="email" autoComplete="username" value={email} readOnly hidden />
      <PasswordField
        label={texts.presentPassword}
        name="password"
        autoComplete="current-password"
        error={faults['password']}
      />
      <PasswordField
        label={texts.newPassword}
        name="newPassword"
        autoComplete="new-password"
        minLength={8}
        hint={passwordHint}
        error={faults['newPassword']}
      />
    </Form>
  );
}
