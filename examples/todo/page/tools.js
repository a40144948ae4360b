// Small tools of the page: parts of entries, forms, errors, and drawing only what has changed.

export const $ = (id) => document.getElementById(id);

export function part(entry, name) {
  return entry.querySelector(`[data-testid=${name}]`);
}

export function idOf(node) {
  return Number(node.closest('[data-id]').dataset.id);
}

// Always as text, never as HTML; and only if it differs, so that nobody is read the same thing twice.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Makes the children of `parent` those of `rows`, keeping the ones that are there: what someone is typing or has the
 * focus on stays as it is. When the entry with the focus goes, the focus goes to its neighbour. `forget` is told the id
 * of each entry that goes.
 */
export function reconcile(parent, rows, template, draw, forget = () => {}) {
  const entries = new Map([...parent.children].map((entry) => [entry.dataset.id, entry]));
  const wanted = new Set(rows.map((row) => String(row.id)));
  const focused = document.activeElement;
  const left = [...entries.values()].find((entry) => entry.contains(focused) && !wanted.has(entry.dataset.id));
  const heir = left && neighbour(left, (entry) => wanted.has(entry.dataset.id));

  for (const [id, entry] of entries) {
    if (wanted.has(id)) continue;
    const draft = entry.querySelector('.edit-form:not([hidden]) input')?.value;
    if (draft !== undefined) say(`The item that you were editing is no longer in this list. Your text: “${draft}”`);
    forget(Number(id));
    entry.remove();
  }
  let place = parent.firstElementChild;
  for (const row of rows) {
    const entry = entries.get(String(row.id)) ?? $(template).content.firstElementChild.cloneNode(true);
    entry.dataset.id = row.id;
    draw(entry, row);
    if (entry === place) place = place.nextElementSibling;
    else parent.insertBefore(entry, place);
  }
  if (heir) (part(heir, focused.dataset.testid) ?? heir.querySelector('button, input')).focus();
  else if (left) $(parent.id === 'items' ? 'item-add-text' : 'list-add-name').focus();
  else if (focused.isConnected && document.activeElement !== focused) focused.focus(); // An entry that moves drops it.
}

export function neighbour(entry, stays) {
  const all = [...entry.parentElement.children];
  const at = all.indexOf(entry);
  return all.slice(at + 1).find(stays) ?? all.slice(0, at).reverse().find(stays);
}

/** Runs `send` when the form is submitted, shows what the server says against its fields, and never sends it twice. */
export function onSubmit(id, send) {
  const form = $(id);
  const prefix = id.replace(/-form$/, '');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    await alone(form, async () => {
      fieldError(prefix, {});
      try {
        await send(form);
      } catch (error) {
        if (error.code === 'validation') fieldError(prefix, error.errors);
        else report(error);
      }
    });
  });
}

export async function alone(form, work) {
  if (form.getAttribute('aria-busy') === 'true') return;
  form.setAttribute('aria-busy', 'true');
  try {
    await work();
  } finally {
    form.removeAttribute('aria-busy');
  }
}

export function onEscape(node, fn) {
  node.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.isComposing) fn(event);
  });
}

/** Shows the errors of a form under it, and which input they are about. */
export function fieldError(prefix, errors) {
  const texts = Object.values(errors).flat().join(' ');
  const input = $(`${prefix}-text`) ?? $(`${prefix}-name`);
  showError($(`${prefix}-error`), input, texts);
  if (texts) input.focus();
}

export function showError(node, input, text = '') {
  node.hidden = text === '';
  setText(node, text);
  if (text) input.setAttribute('aria-invalid', 'true');
  else input.removeAttribute('aria-invalid');
}

export function sentence(error) {
  if (error.code === 'disconnected') return 'The connection was lost while this was being saved. What you see is what the server has.';
  if (error.code === 'timeout') return 'The server did not answer in time. What you see is what the server has.';
  return error.message;
}

export function report(error) {
  say(sentence(error));
}

let hideNotice = 0;

export function say(text, { passing = false } = {}) {
  clearTimeout(hideNotice);
  $('notice').hidden = false;
  setText($('notice-text'), text);
  if (passing) hideNotice = setTimeout(() => ($('notice').hidden = true), 8_000);
}

$('notice-close').addEventListener('click', () => {
  $('notice').hidden = true;
  $($('list').hidden ? 'list-add-name' : 'item-add-text').focus();
});

$('skip').addEventListener('click', (event) => {
  event.preventDefault(); // The address says which list is shown; it is not for jumping about.
  $('list-title').focus();
});
