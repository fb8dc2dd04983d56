/** The address that starts a campaign for a group: the parameters that the API drafts one from. */
export function campaignFor(group: Readonly<Record<string, string | number | boolean>>): string {
  const parameters = Object.entries(group).map(([name, value]): [string, string] => [name, String(value)]);
  return `/campaigns/new?${new URLSearchParams(parameters)}`;
}
