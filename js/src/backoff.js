// How long to wait before the next attempt to connect: a policy, that is, a pure function.

import { CLOSE } from './protocol.js';

const FIRST = 250;
const LONGEST = 10_000;

// These closes reach many clients in the same instant (a server that goes away) or ask for patience by name. The first
// attempt after them is spread as widely as this, however small its number; otherwise all would knock together.
const SPREAD = new Map([
  [CLOSE.goingAway, 2_000],
  [CLOSE.tryLater, 5_000],
  [CLOSE.tooMany, 5_000],
]);

/**
 * Exponential with full jitter: a random time between nothing and a ceiling that doubles with each failed attempt.
 * Full jitter (and not a jittered half) because it empties a queue of returning clients soonest.
 */
export function backoff({ attempt, code, random }) {
  const grown = Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 30));
  const ceiling = Math.max(grown, SPREAD.get(code) ?? 0);
  return Math.floor(random() * ceiling);
}
