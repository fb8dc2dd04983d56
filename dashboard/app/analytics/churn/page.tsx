'use client';

import { useAnalytics } from '../AnalyticsContext';
import { Churn } from './Churn';
import { MonthlyTransitions } from './MonthlyTransitions';
import { Rfm } from './Rfm';
import { Transitions } from './Transitions';

export default function ChurnPage() {
  const { formats } = useAnalytics();
  return (
    <div className="stack">
      <Churn formats={formats} />
      <Transitions formats={formats} />
      <MonthlyTransitions formats={formats} />
      <Rfm formats={formats} />
    </div>
  );
}
