import { API_TOKEN } from "./environment";

export interface ApiAnswer {
  status: number;
  headers: Headers;
  /** The parsed JSON, or the text where it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the answer should hold and fails where it does not.
  body: any;
}

export interface ApiRequest {
  method?: string;
  json?: unknown;
  headers?: Record<string, string>;
  /** Another bearer token; null sends none. */
  token?: string | null;
}

/** The product's HTTP doors, as a script would use them. */
export interface Api {
  request(path: string, request?: ApiRequest): Promise<ApiAnswer>;
  /** POST /api/sql; throws unless it is 200. Returns the rows. */
  sql(sql: string, params?: (string | number | boolean | null)[]): Promise<unknown[][]>;
  /** All in one transaction; throws unless it is 200. */
  transaction(statements: string[]): Promise<void>;
  /** POST /api/admin/backup; throws unless it is 200. Returns the new backup's id. */
  backup(input?: { note?: string; tags?: Record<string, string> }, query?: string): Promise<string>;
}

export function createApi(url: string, bearer = API_TOKEN): Api {
  const request: Api["request"] = async (path, { method, json, headers, token = bearer } = {}) => {
    const answer = await fetch(`${url}${path}`, {
      method: method ?? (json === undefined ? "GET" : "POST"),
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(json !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
      redirect: "manual",
    });
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.includes("json");
    return { status: answer.status, headers: answer.headers, body: isJson && text ? JSON.parse(text) : text };
  };
  const expectOk = async (path: string, options: ApiRequest) => {
    const answer = await request(path, options);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  return {
    request,
    sql: async (sql, params) => (await expectOk("/api/sql", { json: { sql, ...(params && { params }) } })).rows,
    transaction: async (statements) => {
      await expectOk("/api/sql", { json: { statements: statements.map((sql) => ({ sql })) } });
    },
    backup: async (input, query = "") =>
      (await expectOk(`/api/admin/backup${query}`, { method: "POST", ...(input && { json: input }) })).backupId,
  };
}
