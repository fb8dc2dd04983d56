'use client';

import { useState } from 'react';

import type { Api } from '../lib/api/client';
import { ApiError } from '../lib/api/problem';
import { useSession } from '../lib/session/session';
import { Problem } from './Problem';

/** A whole list, all pages, as a file. */
export function Download({ name, ask }: { name: string; ask(api: Api): Promise<{ data?: unknown }> }) {
  const { api } = useSession();
  const [state, setState] = useState<'idle' | 'busy' | ApiError>('idle');

  async function download() {
    setState('busy');
    try {
      const { data } = await ask(api);
      save(data as Blob, name);
      setState('idle');
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setState(error);
    }
  }

  if (state instanceof ApiError) return <Problem error={state} retry={() => void download()} />;
  return (
    <button className="button" type="button" disabled={state === 'busy'} onClick={() => void download()}>
      {state === 'busy' ? 'Preparing…' : 'Download CSV'}
    </button>
  );
}

function save(file: Blob, name: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
