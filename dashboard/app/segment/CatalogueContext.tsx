'use client';

import { createContext, useContext } from 'react';

import type { Schemas } from '../../lib/api/client';
import type { TypeOf } from '../../lib/conditions/definition';

/** What the API offers to build conditions of. */
export interface Offered {
  catalogue: Schemas['ConditionFields'];
  typeOf: TypeOf;
}

export const CatalogueContext = createContext<Offered | null>(null);

export function useOffered(): Offered {
  const found = useContext(CatalogueContext);
  if (found === null) throw new Error('This is not inside the builder.');
  return found;
}
