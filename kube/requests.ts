import * as http from "node:http";
import * as https from "node:https";
import type { Access } from "./access";
import { sleep } from "./parallel";
import { explained } from "./trust";

/** An answer of the API server other than success. */
export class ApiError extends Error {
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/** How often a request is made, a second apart, while the API server restarts or makes a new kind's storage. */
const attempts = 30;

/** How long requests that fail are repeated, in milliseconds: one that is not answered takes a minute by itself. */
const patience = 150_000;

/** A restarting API server, a full queue, storage that is just being made, a network that is down for a moment. */
export const isPassing = (error: unknown): boolean =>
  error instanceof ApiError
    ? error.code >= 500 || error.code === 429
    : /^E(CONN|PIPE|TIMEDOUT|AI_AGAIN|NOTFOUND|HOSTUNREACH|HOSTDOWN|NETUNREACH|NETDOWN)/.test(
        String((error as NodeJS.ErrnoException).code),
      ) ||
      (error instanceof Error && error.message.startsWith("socket hang up"));

/** What is asked for, and sent, unless it is said otherwise. */
export const json = "application/json";

/** An answer of the API server, and how long it took. */
export interface Answered {
  /** What was asked for, such as `GET /version`. */
  readonly request: string;
  readonly seconds: number;
}

/** Requests to one API server. */
export class Requests {
  /** The answer that took longest. @default - there was none */
  slowest: Answered | undefined;

  constructor(private readonly access: Access) {}

  /** Asks again, for a while, where the answer may be another one a second later. */
  async send<T>(method: string, path: string, body?: object, accept?: string): Promise<T> {
    const end = performance.now() + patience;
    let credentials = await this.access.options();
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      try {
        return JSON.parse(await this.request(credentials, method, path, body, accept)) as T;
      } catch (error) {
        // A token expires in the middle of a run; a plugin, or the file that it is in, has the next one.
        if (error instanceof ApiError && error.code === 401 && !renewed) {
          renewed = true;
          credentials = await this.access.options(credentials);
          continue;
        }
        if (error instanceof ApiError && error.code === 401)
          throw new ApiError(401, `${error.message}: ${await this.access.whyRefused()}`);
        if (!isPassing(error) || attempt >= attempts || performance.now() > end) throw error;
        await sleep(1_000);
      }
    }
  }

  /** Asks once, whatever the answer is. */
  async once<T>(method: string, path: string, body?: object): Promise<T> {
    return JSON.parse(await this.request(await this.access.options(), method, path, body)) as T;
  }

  /** Reads what is no JSON, once. */
  async read(path: string): Promise<string> {
    return this.request(await this.access.options(), "GET", path, undefined, "*/*");
  }

  private async request(
    credentials: https.RequestOptions,
    method: string,
    path: string,
    body?: object,
    accept: string = json,
  ): Promise<string> {
    const { server } = this.access;
    const url = new URL(server.replace(/\/$/, "") + path);
    const payload = body && JSON.stringify(body);
    const options: https.RequestOptions = {
      ...credentials,
      method,
      timeout: 60_000,
      headers: {
        ...(credentials.headers as http.OutgoingHttpHeaders | undefined),
        accept,
        ...(payload !== undefined && {
          "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
          "content-length": Buffer.byteLength(payload), // Node sends none with DELETE on its own
        }),
      },
    };
    let began = performance.now();
    const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      // Plain HTTP is what `kubectl proxy` speaks.
      const { request } = url.protocol === "http:" ? http : https;
      const call = request(url, options, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") });
        });
      });
      call.on("timeout", () => {
        const error = new Error(`no answer from ${url.origin} within 60 s`);
        call.destroy(Object.assign(error, { code: "ETIMEDOUT" }));
      });
      // Before that, it waits for others of this process.
      call.on("socket", () => (began = performance.now()));
      call.on("error", (error) => {
        reject(explained(error));
      });
      call.end(payload);
    });
    const seconds = (performance.now() - began) / 1_000;
    if (seconds > (this.slowest?.seconds ?? 0)) this.slowest = { request: `${method} ${path}`, seconds };
    if (status >= 200 && status < 300) return text;
    throw new ApiError(status, `${method} ${path}: ${messageOf(text)} (${status})`);
  }
}

/** Turns "not found" into undefined. */
export async function absent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.code === 404) return undefined;
    throw error;
  }
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text;
  } catch {
    return text.trim().slice(0, 500);
  }
}
