'use client';

import { useAnalytics } from '../AnalyticsContext';
import { Affinity } from './Affinity';
import { Products } from './Products';

export default function ProductsPage() {
  const { formats } = useAnalytics();
  return (
    <div className="stack">
      <Products formats={formats} />
      <Affinity formats={formats} />
    </div>
  );
}
