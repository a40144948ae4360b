// One connection that comes back: connecting → open → waiting → connecting … → closed.
//
// It knows texts and close codes. What the texts say, and what to do when it opens or drops, is its owner's business
// (`handlers`). An attempt is bound to its own socket object: whatever a socket that was given up still reports is
// ignored, so no event of the past can change the present.

import { guarded } from './events.js';
import { CLOSE, comesBack } from './protocol.js';
import { after, limit } from './timers.js';

/**
 * @param options `{url, WebSocket, backoff, timers, random, network, connectTimeout, steadyAfter}`
 * @param handlers `{open(), drop(), message(text), closed(code, reason), state(name, info)}`
 */
export function createConnection(options, handlers) {
  const { url, WebSocket, backoff, timers, random, network, connectTimeout, steadyAfter } = options;
  let state = null;
  let socket = null;
  let attempt = 0;
  let wasOffline = false;
  let cancel = () => {}; // The one timer of the current state: connect limit, steadiness, or the wait.

  function move(name, info = {}) {
    state = name;
    handlers.state(name, info);
  }

  function connect() {
    cancel();
    const mine = new WebSocket(url);
    socket = mine;
    // A connection attempt into a black hole would otherwise hang for as long as the operating system likes.
    cancel = limit(timers, connectTimeout, () => lose(mine, CLOSE.lost, 'no answer'));
    mine.onopen = () => socket === mine && opened();
    mine.onclose = (event) => lose(mine, event.code, event.reason);
    mine.onerror = () => {}; // A close always follows, and it has the code.
    mine.onmessage = (event) => {
      if (socket === mine && typeof event.data === 'string') handlers.message(event.data);
    };
    move('connecting');
  }

  function opened() {
    cancel();
    // Opening proves little: a server that accepts and then drops everyone must still meet growing waits.
    cancel = after(timers, steadyAfter, () => {
      attempt = 0;
    });
    state = 'open';
    handlers.open();
    if (state === 'open') handlers.state('open', {});
  }

  function lose(mine, code, reason) {
    if (socket !== mine) return;
    const wasOpen = state === 'open';
    release();
    if (!comesBack(code)) {
      finish(code, reason);
      return;
    }
    const retryIn = backoff({ attempt, code, random });
    attempt += 1;
    cancel = after(timers, retryIn, connect);
    state = 'waiting';
    if (wasOpen) handlers.drop();
    if (state === 'waiting') handlers.state('waiting', { code, reason, retryIn });
  }

  // Lets go of the socket: nothing that it reports from now on is heard.
  function release(code) {
    cancel();
    const old = socket;
    socket = null;
    if (!old) return;
    old.onopen = old.onclose = old.onerror = old.onmessage = null;
    guarded(() => old.close(code));
  }

  function finish(code, reason) {
    network?.removeEventListener('online', online);
    network?.removeEventListener('offline', offline);
    state = 'closed';
    handlers.closed(code, reason);
    handlers.state('closed', { code, reason });
  }

  function offline() {
    wasOffline = true;
  }

  // The machine has a network again. A wait is pointless now; and a socket from before, even if it still looks open,
  // may be dead without anyone telling: a page that only listens would never notice. To resume costs little.
  function online() {
    if (state === 'open' && wasOffline) {
      attempt = 0;
      release(CLOSE.normal);
      state = 'waiting';
      handlers.drop();
      if (state === 'waiting') connect();
    } else if (state === 'waiting' || (state === 'connecting' && wasOffline)) {
      attempt = 0;
      release();
      connect();
    }
    wasOffline = false;
  }

  connect();
  network?.addEventListener('online', online);
  network?.addEventListener('offline', offline);

  return {
    get state() {
      return state;
    },
    /** Hands a text to the socket; false if there is none to take it. */
    send(text) {
      if (state !== 'open') return false;
      socket.send(text);
      return true;
    },
    close() {
      if (state === 'closed') return;
      release(CLOSE.normal);
      finish(CLOSE.normal, 'closed by the client');
    },
  };
}
