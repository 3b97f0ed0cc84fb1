import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, dataOf } from '../shared/api.js';
import { useTexts } from '../shared/language.js';
import { Page } from '../shared/page.js';
import { Problem } from '../shared/problem.js';
import { sessionChanged } from '../shared/queries.js';
import { sharedTexts } from '../shared/texts.js';
import './account.css';
import { DataSection } from './data-section.js';
import { DevicesSection } from './devices-section.js';
import { EmailSection } from './email-section.js';
import { PasswordSection } from './password-section.js';
import { profileQuery, type Profile } from './profile.js';
import { ProfileSection } from './profile-section.js';
import { settingsTexts } from './settings-texts.js';
import { SignedInOnly } from './signed-in.js';

export function AccountPage() {
  const texts = useTexts(settingsTexts);
  const shared = useTexts(sharedTexts);
  const [isDeleted, setDeleted] = useState(false);
  if (isDeleted)
    return (
      <Page key="deleted" title={texts.deleted} lead={texts.deletedText}>
        <Link to="/" className="button button-main">
          {shared.toTickets}
        </Link>
      </Page>
    );
  return (
    <SignedInOnly path="/account">
      <Page title={texts.title}>
        <Sections onDeleted={() => setDeleted(true)} />
      </Page>
    </SignedInOnly>
  );
}

function Sections({ onDeleted }: Readonly<{ onDeleted: () => void }>) {
  const shared = useTexts(sharedTexts);
  const { data: profile, error, refetch } = useQuery(profileQuery);
  if (!profile)
    return error ? (
      <Problem error={error} onRetry={() => void refetch()} />
    ) : (
      <p className="muted">{shared.loading}</p>
    );
  return (
    <>
      <SignOut profile={profile} />
      <ProfileSection profile={profile} />
      <EmailSection profile={profile} />
      <PasswordSection profile={profile} />
      <DevicesSection />
      <DataSection onDeleted={onDeleted} />
    </>
  );
}

function SignOut({ profile: { email } }: Readonly<{ profile: Profile }>) {
  const texts = useTexts(settingsTexts);
  const navigate = useNavigate();
  const signOut = useMutation({
    mutationFn: async () => dataOf(await api.signOut()),
    onSuccess: async () => {
      await navigate({ to: '/' });
      await sessionChanged();
    },
  });
  return (
    <>
      <p className="row">
        <span className="muted">{texts.signedInAs(email)}</span>
        <button
          type="button"
          className="button"
          disabled={signOut.isPending}
          onClick={() => signOut.mutate()}
        >
          {texts.signOut}
        </button>
      </p>
      <Problem error={signOut.error} />
    </>
  );
}
