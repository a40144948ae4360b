/** What a backoff policy is told. */
export interface BackoffInput {
  /** How many attempts have failed since the connection was last steady; 0 for the first. */
  attempt: number;
  /** With which code the last connection ended. */
  code: number;
  /** The source of randomness, between 0 and 1. */
  random: () => number;
}

/** Milliseconds to wait before the next attempt. Pure: all it may use is its input. */
export type Backoff = (input: BackoffInput) => number;

/**
 * The default: exponential with full jitter, from 250 ms to 10 s; spread over at least 2 s when the server said that it
 * is going away, so that its clients do not all come back in one instant.
 */
export const backoff: Backoff;
