import { Navigate, useRouter } from '@tanstack/react-router';
import { useEffect, type ReactNode } from 'react';
import { useUser } from '../shared/queries.js';

/** A page for signed-in users only. Others sign in first and come back to `path`. */
export function SignedInOnly({ path, children }: Readonly<{ path: string; children: ReactNode }>) {
  const user = useUser();
  if (user === null) return <Navigate to="/signin" search={{ next: path }} replace />;
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
