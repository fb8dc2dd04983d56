'use client';

import Link from 'next/link';
import { useRef, useState } from 'react';

import { idempotencyKey, type Schemas } from '../lib/api/client';
import { ApiError } from '../lib/api/problem';
import { useMayChange } from '../lib/session/account';
import { useSession } from '../lib/session/session';
import { Problem } from './Problem';

/** Makes a custom segment of a body that the API has given; nothing for whoever may not change anything. */
export function CreateSegment({
  body,
  onCreated,
  className = '',
}: {
  body: Schemas['CustomSegmentBody'];
  onCreated?(): void;
  className?: string;
}) {
  const { api } = useSession();
  const mayChange = useMayChange('customSegments');
  const [state, setState] = useState<'idle' | 'busy' | { id: string } | ApiError>('idle');
  // Of the segment, not of the attempt: clicking twice creates it once.
  const key = useRef(crypto.randomUUID());

  async function create() {
    setState('busy');
    try {
      const { data } = await api.POST('/v1/custom-segments', {
        params: { header: idempotencyKey(key.current) },
        body,
      });
      setState({ id: data?.id ?? '' });
      onCreated?.();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setState(error);
    }
  }

  if (!mayChange) return null;
  if (state instanceof ApiError) return <Problem error={state} retry={() => void create()} />;
  if (typeof state === 'object') {
    return (
      <p className={className} role="status">
        Created. <Link prefetch={false} href={`/customers?segment=${state.id}`}>See its customers</Link>
      </p>
    );
  }
  return (
    <button
      className={`button ${className}`}
      type="button"
      disabled={state === 'busy'}
      onClick={() => void create()}
    >
      {state === 'idle' ? 'Create segment' : 'Creating…'}
    </button>
  );
}
