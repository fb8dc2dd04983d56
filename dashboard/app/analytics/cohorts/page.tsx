'use client';

import { useAnalytics } from '../AnalyticsContext';
import { Cohorts } from './Cohorts';

export default function CohortsPage() {
  const { formats } = useAnalytics();
  return <Cohorts formats={formats} />;
}
