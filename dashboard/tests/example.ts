import { answered, createApi, idempotencyKey, ifMatch, tagged } from '../lib/api/client';

export async function example(user: { getIdToken(fresh: boolean): Promise<string> }) {
  const api = createApi({ api: '', insights: '', token: (fresh) => user.getIdToken(fresh) });
  const { segments } = await answered(api.GET('/v1/segments'));

  await api.POST('/v1/custom-segments', {
    params: { header: idempotencyKey() },
    body: {
      name: `Better than the ${segments.length} usual ones`,
      definition: {
        all: [
          { field: 'totalSpent', operator: 'at_least', value: 300 },
          { not: { event: 'ordered', channel: 'online', when: { inTheLastDays: 60 } } },
        ],
      },
    },
  });

  const { data, etag } = await tagged(api.GET('/v1/settings/thresholds'));
  await api.PUT('/v1/settings/thresholds', {
    params: { header: ifMatch(etag) },
    body: { thresholds: { ...data.thresholds, vip_minOrders: 10 } },
  });
}
