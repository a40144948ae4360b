// Puts the names of SwampDragon's scripts on a page.

import { DataMapper } from '../data/mapper.js';
import { sockjsTransport } from '../transports/sockjs.js';
import { angularModule } from './angular.js';
import { createSwampDragon } from './swampdragon.js';

/** See compat.d.ts. */
export function install(page = globalThis, { transport = 'websocket', sockjs = {}, ...options } = {}) {
  const swampdragon = createSwampDragon({ ...wayOf(page, transport, sockjs), ...options });
  page.swampdragon = swampdragon;
  page.DataMapper = DataMapper;
  // SwampDragon's datamapper.js leaves this behind, and its pages use it: indexOf.call(channels, 'todos').
  page.indexOf ??= Array.prototype.indexOf;
  if (page.angular) angularModule(page.angular, swampdragon);
  // AngularJS may be loaded after this script. It starts the page's own module at this event too, but its listener is
  // then registered after ours.
  else page.document?.addEventListener('DOMContentLoaded', () => page.angular && angularModule(page.angular, swampdragon));
  return swampdragon;
}

// The address, and the class to connect with. The server's settings.js says both paths and, for pages that another server
// serves, the host.
function wayOf(page, transport, sockjs) {
  const url = (endpoint) => (page.swampdragon_host ?? '') + (endpoint.startsWith('/') ? endpoint : `/${endpoint}`);
  if (transport === 'websocket') return { url: url(page.dragon_settings?.endpoint ?? '/ws') };
  if (transport !== 'sockjs') throw new TypeError(`There is no transport "${transport}": write "websocket" or "sockjs".`);
  if (typeof page.SockJS !== 'function') {
    throw new TypeError('There is no SockJS on this page: load its script before this one, or use the transport "websocket".');
  }
  return {
    url: url(page.swampdragon_settings?.endpoint ?? '/data'),
    WebSocket: sockjsTransport(page.SockJS, sockjs),
    connectTimeout: 60_000, // SockJS tries one transport after the other.
  };
}
