'use client';

import { useState, type FormEvent } from 'react';

import { Icon } from '../Icon';
import { Notice } from '../Notice';
import styles from './SignIn.module.css';

const REASONS: Readonly<Record<string, string>> = {
  'auth/invalid-credential': 'The e-mail address or the password is wrong.',
  'auth/user-not-found': 'The e-mail address or the password is wrong.',
  'auth/wrong-password': 'The e-mail address or the password is wrong.',
  'auth/invalid-email': 'This is not an e-mail address.',
  'auth/user-disabled': 'The account is disabled. Ask whoever runs your organisation.',
  'auth/too-many-requests': 'Too many attempts. Wait some minutes, then try again.',
  'auth/network-request-failed': 'The sign-in service cannot be reached. Check the connection.',
};

export function SignIn({ signIn }: { signIn(email: string, password: string): Promise<void> }) {
  const [busy, setBusy] = useState(false);
  const [reason, setReason] = useState<string | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setReason(null);
    try {
      await signIn(textOf(form, 'email'), textOf(form, 'password'));
    } catch (error) {
      setReason(REASONS[codeOf(error)] ?? 'Signing in failed. Try again.');
      setBusy(false);
    }
  }

  return (
    <main className={styles.page}>
      <form className={`panel ${styles.form}`} onSubmit={(event) => void submit(event)}>
        <span className={styles.mark}>
          <Icon name="brand" />
        </span>
        <div>
          <h1>Customer segments</h1>
          <p className="quiet">Sign in with your account of the shop.</p>
        </div>
        {reason !== null && <Notice kind="bad" title={reason} />}
        <label className="field">
          E-mail address
          <input name="email" type="email" autoComplete="username" required autoFocus />
        </label>
        <label className="field">
          Password
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <button className="button primary" type="submit" disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function textOf(form: FormData, field: string): string {
  const value = form.get(field);
  return typeof value === 'string' ? value : '';
}
