/** What an account may do, as far as the dashboard shows or hides it; the API decides. */
export interface Rights {
  role: string | null;
  mayChange: boolean;
  /** Whether the account may name any organisation. */
  mayChooseOrganization: boolean;
}

export function rightsOf(claims: Readonly<Record<string, unknown>>): Rights {
  const role = typeof claims.role === 'string' ? claims.role : null;
  return {
    role,
    mayChange: role !== null && role !== 'budtender',
    mayChooseOrganization: role === 'super_user',
  };
}
