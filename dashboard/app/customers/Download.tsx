'use client';

import { useState } from 'react';

import { Problem } from '../../components/Asked';
import { ApiError } from '../../lib/api/problem';
import { useSession } from '../../lib/session/session';
import type { queryOf } from './Filters';

/** The whole list, all pages, as a file. */
export function Download({ query }: { query: ReturnType<typeof queryOf> }) {
  const { api } = useSession();
  const [state, setState] = useState<'idle' | 'busy' | ApiError>('idle');

  async function download() {
    setState('busy');
    try {
      const { data } = await api.GET('/v1/customers', {
        params: { query: { ...query, format: 'csv' } },
        parseAs: 'blob',
      });
      save(data as Blob, 'customers.csv');
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
