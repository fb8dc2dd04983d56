'use client';

import { useAnalytics } from './AnalyticsContext';
import { Funnel } from './Funnel';
import { KeyFigures } from './KeyFigures';
import { Overview } from './Overview';

export default function SalesPage() {
  const { overview, formats } = useAnalytics();
  return (
    <div className="stack">
      <KeyFigures answer={overview} formats={formats} />
      <Overview answer={overview} formats={formats} />
      <Funnel formats={formats} />
    </div>
  );
}
