// What the bundle for a script tag does: `<script src="/dragon-compat.js"></script>`, after /settings.js; with
// `data-transport="sockjs"` over the page's own SockJS.

import { install } from './install.js';

install(globalThis, { transport: globalThis.document?.currentScript?.dataset.transport });
