import { Navigate, useLocation, useRouter } from '@tanstack/react-router';
import { useEffect, type ReactNode } from 'react';
import { useUser } from '../shared/queries.js';

/** A page for signed-in users only. Others sign in first and come back. */
export function SignedInOnly({ children }: Readonly<{ children: ReactNode }>) {
  const user = useUser();
  const next = useLocation({ select: ({ href }) => href });
  if (user === null) return <Navigate to="/signin" search={{ next }} replace />;
  return user && children;
}

/** Leaves the page as soon as there is a session: for `next`, or for the tickets. */
export function useLeaveWhenSignedIn(next = '/'): void {
  const { history } = useRouter();
  const user = useUser();
  useEffect(() => {
    if (user) history.replace(next);
  }, [user, next, history]);
}
