/** Scoped Intercom tools of a Frontdesk server, for agents written in TypeScript. */

export type Format = "mcp" | "anthropic" | "openai";
export type Risk = "read" | "write" | "destructive";

/** What is left of Intercom's ten-second window. */
export interface Allowance {
  limit: number;
  remaining: number;
  reset: number;
}

/** What a tool answered: text for the model, and structured where the tool has it. */
export interface Answer {
  isError: boolean;
  text: string;
  structured?: unknown;
  allowance?: Allowance;
}

/** An endpoint; `token` is there only in the answer that made it. */
export interface Endpoint {
  id: string;
  name: string;
  token?: string;
}

/** A person's token at an endpoint, good until `expiresAt` (milliseconds since 1970). */
export interface Session {
  id: string;
  token: string;
  expiresAt: number;
}

/** What a person opens to connect their own Intercom, good until `expiresAt` (milliseconds since 1970). */
export interface AuthorizeLink {
  url: string;
  expiresAt: number;
}

/** Which link to make; `connection` names one that is to be made again. */
export interface NewAuthorizeLink {
  user?: string;
  app?: string;
  connection?: string;
  region?: "us" | "eu" | "au";
  /** A page that the configuration or the app names. */
  returnTo?: string;
  seconds?: number;
}

export interface NewEndpoint {
  name?: string;
  /** Left out, each caller uses a connection of their own. */
  connection?: string;
  toolsets?: string[];
  ceiling?: Risk;
  /** Milliseconds since 1970. */
  expiresAt?: number;
  controls?: Controls;
  idempotencyKey?: string;
}

/** What an endpoint's owner asks of its calls besides which tools there are. */
export interface Controls {
  rules?: Rule[];
  mask?: { email?: boolean; phone?: boolean; card?: boolean; fields?: string[] };
  /** Tools by name, `writes`, `customer`. */
  confirm?: string[];
  budgets?: { calls?: Limits; writes?: Limits; customer?: Limits };
}

/** A rule over single calls: `require` or `forbid` is an expression in CEL (docs/rules.md). */
export interface Rule {
  name: string;
  tools: string[];
  require?: string;
  forbid?: string;
  say?: string;
}

/** How many there may be. */
export interface Limits {
  per_minute?: number;
  per_day?: number;
}

/** What was used; `tenant`, `day` and `endpoint` are missing where they are summed up. */
export interface Usage {
  tenant?: string;
  day?: string;
  endpoint?: string;
  calls: number;
  writes: number;
  refused: number;
  errors: number;
  tokens_out: number;
  upstream_calls: number;
}

/** Which usage to sum up, and by what: `day`, `endpoint`, `tenant`, separated by commas. */
export interface UsageWanted {
  /** Such as `2026-11-21`; included, as is `to`. */
  from?: string;
  to?: string;
  endpoint?: string;
  by?: string;
}

export interface Execution {
  endpoint: string;
  user?: string;
  /** Whether the person agreed to this very call. */
  confirmed?: boolean;
}

/** The server refused a request: `detail` says how to mend it, `retryAfter` (seconds) when to try again. */
export class FrontdeskError extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly retryAfter?: number,
  ) {
    super(`${detail} (${status})`);
    this.name = "FrontdeskError";
  }
}

/** A Frontdesk server, as one API key sees it; `tenant` is for keys of the deployment. */
export class Frontdesk {
  readonly #base: string;
  readonly #headers: Record<string, string>;

  constructor(url: string, apiKey: string, tenant?: string) {
    this.#base = `${url.replace(/\/+$/, "")}/api/v1`;
    this.#headers = { authorization: `Bearer ${apiKey}` };
    if (tenant !== undefined) this.#headers["frontdesk-tenant"] = tenant;
  }

  /** The tools that a person may call through an endpoint, as that provider writes tools. */
  async listScopedTools(endpoint: string, user?: string, format: Format = "mcp"): Promise<Record<string, unknown>[]> {
    const asked = new URLSearchParams({ format, ...(user === undefined ? {} : { user }) });
    const { body } = await this.#ask("GET", `/endpoints/${encodeURIComponent(endpoint)}/tools?${asked}`);
    return body.items;
  }

  /** Calls a tool for a person. */
  async executeTool(tool: string, args: Record<string, unknown>, execution: Execution): Promise<Answer> {
    const { body, headers } = await this.#ask("POST", `/tools/${encodeURIComponent(tool)}/execute`, {
      ...execution,
      arguments: args,
    });
    return { isError: body.is_error, text: body.text, structured: body.structured, allowance: allowance(headers) };
  }

  /** Makes an endpoint; its token is in this answer alone. */
  async createEndpoint(made: NewEndpoint = {}): Promise<Endpoint> {
    const settings = { ...made.controls, ceiling: made.ceiling ?? "write", ...(made.toolsets && { toolsets: made.toolsets }) };
    const { body } = await this.#ask(
      "POST",
      "/endpoints",
      { name: made.name ?? "", connection: made.connection, settings, expires_at: made.expiresAt },
      made.idempotencyKey ?? crypto.randomUUID(),
    );
    return { id: body.id, name: body.name, token: body.token ?? undefined };
  }

  /** Puts these settings, controls among them, in the place of an endpoint's; its token stays. */
  async changeEndpoint(endpoint: string, settings: Record<string, unknown> & Controls): Promise<void> {
    await this.#ask("PATCH", `/endpoints/${encodeURIComponent(endpoint)}`, { settings });
  }

  /** What was used, summed up. */
  async usage(wanted: UsageWanted = {}): Promise<Usage[]> {
    const rows: Usage[] = [];
    let cursor: string | undefined;
    do {
      const asked = new URLSearchParams({ ...wanted, limit: "1000", ...(cursor === undefined ? {} : { cursor }) });
      const { body } = await this.#ask("GET", `/usage?${asked}`);
      rows.push(...body.items);
      cursor = body.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return rows;
  }

  /** Lets a person use an endpoint for a while; the token is in this answer alone. */
  async createSession(user: string, endpoint: string, seconds = 3600): Promise<Session> {
    const { body } = await this.#ask("POST", "/sessions", { user, endpoint, seconds }, crypto.randomUUID());
    return { id: body.id, token: body.token, expiresAt: body.expires_at };
  }

  /** A link by which a person connects their Intercom; it is for them alone. */
  async authorizeLink({ returnTo, ...asked }: NewAuthorizeLink = {}): Promise<AuthorizeLink> {
    const { body } = await this.#ask("POST", "/authorize-links", { ...asked, return_to: returnTo });
    return { url: body.url, expiresAt: body.expires_at };
  }

  /** Makes a person known, by the tenant's own identifier, or changes them. */
  async putUser(user: string, fields: { name?: string; email?: string } = {}): Promise<void> {
    await this.#ask("PUT", `/users/${encodeURIComponent(user)}`, fields);
  }

  async #ask(method: string, path: string, sent?: unknown, key?: string): Promise<{ body: any; headers: Headers }> {
    const headers = { ...this.#headers };
    if (sent !== undefined) headers["content-type"] = "application/json";
    if (key !== undefined) headers["idempotency-key"] = key;
    const response = await fetch(this.#base + path, {
      method,
      headers,
      body: sent === undefined ? undefined : JSON.stringify(sent),
    });
    const text = await response.text();
    const body = read(text);
    if (!response.ok) {
      const wait = response.headers.get("retry-after");
      const detail = body?.detail ?? body?.text ?? response.statusText;
      throw new FrontdeskError(response.status, detail, wait === null ? undefined : Number(wait));
    }
    return { body, headers: response.headers };
  }
}

function read(text: string): any {
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function allowance(headers: Headers): Allowance | undefined {
  const figure = (name: string) => headers.get(`ratelimit-${name}`);
  const [limit, remaining, reset] = [figure("limit"), figure("remaining"), figure("reset")];
  if (limit === null || remaining === null || reset === null) return undefined;
  return { limit: Number(limit), remaining: Number(remaining), reset: Number(reset) };
}
