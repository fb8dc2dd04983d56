import { cookies } from 'next/headers';

import { createApi } from '../lib/api/client';

export function apiOfRequest(api: string, insights: string) {
  const token = async () => (await cookies()).get('__session')?.value ?? '';
  return createApi({ api, insights, token });
}
