// The one error of this package. Whoever catches it decides by `code`, never by the text.

/** See error.d.ts. */
export class DragonError extends Error {
  constructor({ code, message, errors = {}, context = null, route = null, verb = null, closeCode = null }) {
    super(message);
    this.name = 'DragonError';
    this.code = code;
    this.errors = errors;
    this.context = context;
    this.route = route;
    this.verb = verb;
    this.closeCode = closeCode;
  }
}

/**
 * The error that a failed reply becomes.
 *
 * Only validation speaks of fields. Every other failure bears one sentence under the key `error`, which is no field:
 * it becomes the message, and `errors` stays empty so that a form never looks for an input of that name.
 */
export function failureOf(reply, { route, verb }) {
  const { context, data } = reply;
  const code = context.code ?? (context.state === 'login_required' ? 'login_required' : guess(data));
  const errors = code === 'validation' ? fieldErrors(data) : {};
  return new DragonError({ code, message: sentence(code, errors, reply, verb, route), errors, context, route, verb });
}

// A server without codes (SwampDragon itself) says `error` for both kinds; the shape of the data tells them apart.
function guess(data) {
  const isObject = typeof data === 'object' && data !== null && !Array.isArray(data);
  return isObject && !('error' in data) ? 'validation' : 'bad_request';
}

function fieldErrors(data) {
  const errors = {};
  for (const [field, texts] of Object.entries(data ?? {})) {
    if (field === '__proto__') continue; // Assigning it would change the prototype instead of adding a key.
    errors[field] = (Array.isArray(texts) ? texts : [texts]).map(String);
  }
  return errors;
}

function sentence(code, errors, { data, context }, verb, route) {
  if (code === 'validation') {
    const parts = Object.entries(errors).map(([field, texts]) => `${field}: ${texts.join(' ')}`);
    if (parts.length > 0) return parts.join(' ');
  }
  const said = data?.error ?? context.error;
  if (Array.isArray(said) && said.length > 0) return said.join(' ');
  return `${verb} on ${route} failed: ${code}.`;
}
