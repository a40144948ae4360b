// A socket that can also be spoken to past the client: SwampDragon's pages may send texts of their own, and are told of
// heartbeats.

/**
 * `{WebSocket, send(text)}`: a class to give to the client, whose instances are `Base`'s, and a way to send through the
 * one that is open. `hear(text)` is called with each text that arrives, before the client gets it.
 */
export function tapped(Base, hear) {
  let open = null;

  class Tapped {
    #socket;

    constructor(url) {
      const socket = new Base(url);
      this.#socket = socket;
      socket.onopen = (event) => {
        open = this;
        this.onopen?.(event);
      };
      socket.onmessage = (event) => {
        hear(event.data);
        this.onmessage?.(event);
      };
      socket.onclose = (event) => {
        this.#leave();
        this.onclose?.(event);
      };
      socket.onerror = (event) => this.onerror?.(event);
    }

    #leave() {
      if (open === this) open = null;
    }

    send(text) {
      return this.#socket.send(text);
    }

    close(code) {
      this.#leave();
      this.#socket.close(code);
    }
  }

  return {
    WebSocket: Tapped,
    /** False if there is no open socket to take the text. */
    send(text) {
      if (!open) return false;
      return open.send(text) ?? true;
    },
  };
}
