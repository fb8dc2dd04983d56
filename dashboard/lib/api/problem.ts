/** Why an answer did not come: what the API says (RFC 9457), or that it could not be reached. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** The URN of the problem's kind; empty where the answer names none. */
  readonly type: string;
  readonly items: readonly ProblemItem[];
  /** Seconds to wait before the next attempt; null where the answer names none. */
  readonly retryAfterSeconds: number | null;

  constructor(options: {
    status: number;
    type?: string;
    detail: string;
    items?: readonly ProblemItem[];
    retryAfterSeconds?: number | null;
  }) {
    super(options.detail);
    this.status = options.status;
    this.type = options.type ?? '';
    this.items = options.items ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }

  /** Whether no answer came at all. */
  get unreachable(): boolean {
    return this.status === 0;
  }

  /** Whether the same call may succeed later: no answer, too many calls, or a failure of the API. */
  get temporary(): boolean {
    return this.unreachable || this.status === 429 || this.status >= 500;
  }
}

/** One thing that is wrong with a request: a parameter, or the part of the body at a JSON pointer. */
export interface ProblemItem {
  parameter: string | null;
  pointer: string | null;
  detail: string;
}

/** The error that an answer other than a success stands for. Reads its body. */
export async function problemOf(response: Response, now: Date = new Date()): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const found = isRecord(body) ? body : {};
  return new ApiError({
    status: response.status,
    type: typeof found.type === 'string' ? found.type : '',
    detail:
      typeof found.detail === 'string' ? found.detail : `The API answered ${response.status}.`,
    items: Array.isArray(found.errors) ? found.errors.filter(isRecord).map(item) : [],
    retryAfterSeconds: retryAfter(response.headers.get('Retry-After'), now),
  });
}

/** Seconds that a Retry-After header asks for, which is a number of them or a date; null for none. */
export function retryAfter(header: string | null, now: Date): number | null {
  if (header === null || header.trim() === '') return null;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now.getTime()) / 1000));
}

function item(found: Record<string, unknown>): ProblemItem {
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return {
    parameter: text(found.parameter),
    pointer: text(found.pointer),
    detail: text(found.detail) ?? '',
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
