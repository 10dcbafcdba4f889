/** Types for `deno check`; no browser ever asks for this file. */

export interface RecentError {
  lead_id: string;
  lead_name: string;
  code: string;
  message: string;
  attempts: number;
  at: string;
}

/** One message of the socket: the whole state of a batch (contract, section 5). */
export interface Snapshot {
  type: string;
  batch_id: string;
  seq: number;
  status: string;
  /** Why it was stopped or is held up; else empty. */
  status_reason: string;
  processed: number;
  total: number;
  percentage: number;
  success_count: number;
  failure_count: number;
  retrying_count: number;
  in_flight: number;
  cancelled_count: number;
  current_leads: { id: string; name: string }[];
  elapsed_seconds: number;
  estimated_remaining_seconds: number | null;
  current_rate_per_second: number | null;
  actual_cost_usd: number;
  estimated_cost_usd: number;
  projected_cost_usd: number;
  approved_cost_usd: number;
  recent_errors: RecentError[];
}

export type StateName =
  | "connecting"
  | "live"
  | "reconnecting"
  | "refreshing"
  | "paused"
  | "offline"
  | "refused"
  | "done";

export interface State {
  name: StateName;
  retryInMs?: number;
  /** Live again after a loss: what the page shows may be old. */
  isReconnect?: boolean;
  /** The server let it go, most likely since the session is over: a fresh page leads to the sign-in. */
  isSignedOut?: boolean;
}

export interface Timers {
  setTimeout(run: () => void, ms: number): number;
  clearTimeout(id: number): void;
}

/** What is used of a WebSocket. */
export type SocketLike = Pick<WebSocket, "send" | "close" | "onopen" | "onmessage" | "onclose">;

export interface SocketOptions {
  /** Asked at each connect, so that it can carry the newest seq. */
  url: () => string;
  onMessage: (message: Snapshot) => void;
  onState: (state: State) => void;
  /** The newest seq shown of each batch; an older message is dropped. */
  seqs: Map<string, number>;
  /** Whether a close 1000 means that all is told. */
  endsOn1000: boolean;
  createSocket: (url: string) => SocketLike;
  timers: Timers;
  /** 0 to 1, for the jitter. */
  random: () => number;
}

export interface ConnectionOptions {
  /** The socket's address on this host. */
  path: () => string;
  onMessage: (message: Snapshot) => void;
  refresh: () => void;
  seqs: Map<string, number>;
  endsOn1000: boolean;
}
