'use client';

import { useAnalytics } from '../AnalyticsContext';
import { ChurnRisk } from './ChurnRisk';
import { Forecast } from './Forecast';

export default function PredictionsPage() {
  const { formats } = useAnalytics();
  return (
    <div className="stack">
      <ChurnRisk formats={formats} />
      <Forecast formats={formats} />
    </div>
  );
}
