// The todo page. It keeps no data of its own: the lists, the items shown and the open items of each list are live lists,
// and everything on the screen is drawn from them. What a person does is sent, and seen when it comes back; only a tick
// is shown before that, and taken back if the server refuses it.
//
// For tests, stable names (data-testid):
//   connection (data-state: connecting, connected, reconnecting, offline, closed)
//   lists · list (data-id) · list-choose (aria-current) · list-name · list-count
//   list-add-name · list-add · list-add-error
//   list-section (data-id) · list-title · list-description · list-rename · list-delete
//   list-rename-name · list-rename-description · list-rename-save · list-rename-cancel · list-rename-error
//   list-delete-confirm · list-delete-cancel
//   item-add-text · item-add · item-add-error
//   filter-all · filter-open · filter-done · open-count
//   items (data-status: idle, loading, live, stale, error) · items-empty
//   item (data-id) · item-done · item-text · item-edit · item-delete · item-error
//   item-edit-text · item-save · item-cancel
//   notice · notice-close

import { $, alone, fieldError, idOf, onEscape, onSubmit, part, reconcile, report, say, sentence, setText, showError } from './tools.js';

const { connect, liveList } = window.dragon;

const client = connect();

const lists = liveList(client, 'todo-list', {}, { order: 'name' });

// ---- Which list and which of its items; kept in the address, so that a reload and a second window show the same ------

const FILTERS = { all: {}, open: { done: false }, done: { done: true } };
const EMPTY = { all: 'Nothing here yet. Add the first item above.', open: 'Nothing open. Well done!', done: 'Nothing done yet.' };

const view = { id: null, filter: 'all', awaited: false };
let items = null;
let leaveItems = () => {};

function readAddress() {
  const { list, filter } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  if (Object.hasOwn(FILTERS, filter ?? '')) view.filter = filter;
  if (/^\d+$/.test(list ?? '')) show(Number(list));
  $('filter').querySelector(`[value="${view.filter}"]`).checked = true;
}

/** Shows a list. `awaited`: it has been made just now, and its row may be a moment behind. */
function show(id, { awaited = false } = {}) {
  if (id === view.id) return;
  Object.assign(view, { id, awaited });
  if (awaited) setTimeout(() => id === view.id && stopAwaiting(), 3_000);
  closeHead();
  fieldError('item-add', {});
  watchItems();
  drawLists();
}

function stopAwaiting() {
  view.awaited = false;
  drawLists();
}

function watchItems() {
  leaveItems();
  leaveItems = () => {};
  items = null;
  ticks.clear();
  problems.clear();
  $('items').replaceChildren();
  if (view.id === null) return;
  history.replaceState(null, '', `#${new URLSearchParams({ list: view.id, filter: view.filter })}`);
  items = liveList(client, 'todo-item', { todo_list_id: view.id, ...FILTERS[view.filter] });
  const stops = [items.subscribe(drawItems), items.state.subscribe(drawItems)];
  leaveItems = () => stops.forEach((stop) => stop());
}

$('filter').addEventListener('change', (event) => {
  view.filter = event.target.value;
  watchItems();
});
window.addEventListener('hashchange', readAddress);

// ---- The lists ------------------------------------------------------------------------------------------------

function drawLists() {
  const rows = lists.get();
  const chosen = rows.find((row) => row.id === view.id);
  if (chosen) view.awaited = false;
  else if (lists.status === 'live' && !view.awaited && (rows.length > 0 || view.id !== null)) {
    showAnother(rows);
    return;
  }

  reconcile($('lists'), rows, 'list-template', (entry, row) => {
    setText(part(entry, 'list-name'), row.name);
    part(entry, 'list-choose').setAttribute('aria-current', String(row.id === view.id));
  });
  watchCounts(rows);
  drawCounts();
  $('lists-empty').hidden = lists.status !== 'live' || rows.length > 0;
  $('list').hidden = !chosen;
  if (!chosen) return;

  $('list').dataset.id = chosen.id;
  setText($('list-title'), chosen.name);
  setText($('list-description'), chosen.description);
  $('list-rename').setAttribute('aria-label', `Rename ${chosen.name}`);
  $('list-delete').setAttribute('aria-label', `Delete ${chosen.name}`);
  setText($('list-delete-question'), `Delete “${chosen.name}” with everything in it?`);
}

// The open items of each list are a live list of their own: to the server, a subscription more is next to nothing.
const openItems = new Map();
const MOST = 50; // Of them; a connection may have a hundred subscriptions.

function watchCounts(rows) {
  const wanted = new Set([...rows.slice(0, MOST), ...rows.filter((row) => row.id === view.id)].map((row) => row.id));
  for (const [id, { stop }] of openItems) {
    if (wanted.has(id)) continue;
    openItems.delete(id);
    stop();
  }
  for (const id of wanted) {
    if (openItems.has(id)) continue;
    const list = liveList(client, 'todo-item', { todo_list_id: id, done: false });
    const stops = [list.subscribe(drawCounts), list.state.subscribe(drawCounts)];
    openItems.set(id, { list, stop: () => stops.forEach((stop) => stop()) });
  }
}

function drawCounts() {
  for (const entry of $('lists').children) {
    const name = part(entry, 'list-name').textContent;
    const count = openCount(idOf(entry));
    setText(part(entry, 'list-count'), count > 0 ? String(count) : '');
    part(entry, 'list-choose').setAttribute('aria-label', count === null ? name : `${name}, ${count} open`);
  }
  const count = openCount(view.id);
  setText($('open-count'), count === null ? '' : `${count} open`);
}

/** How many items of a list are open; null while that is not known. */
function openCount(id) {
  const list = openItems.get(id)?.list;
  return list && list.status !== 'loading' ? list.get().length : null;
}

// The list that was shown is gone, or none was shown yet: the first one takes its place.
function showAnother(rows) {
  const hadFocus = $('list').contains(document.activeElement);
  if (!$('list').hidden) say(`“${$('list-title').textContent}” was deleted.`, { passing: true });
  if (rows.length > 0) show(rows[0].id);
  else {
    view.id = null;
    watchItems();
    drawLists();
  }
  if (hadFocus) $(rows.length > 0 ? 'list-title' : 'list-add-name').focus();
}

$('lists').addEventListener('click', (event) => {
  const entry = event.target.closest('[data-testid=list]');
  if (entry) show(Number(entry.dataset.id));
});

onSubmit('list-add', async (form) => {
  const name = form.elements.name.value.trim();
  if (name === '') return fieldError('list-add', { name: ['Give the list a name.'] });
  const made = await client.create('todo-list', { name, description: '' });
  form.reset();
  show(made.id, { awaited: true });
  $('item-add-text').focus();
  return undefined;
});

// ---- Name and end of the list shown -----------------------------------------------------------------------------

function openHead(name) {
  $('list-rename-form').hidden = name !== 'rename';
  $('list-delete-ask').hidden = name !== 'delete';
  $('list-head').hidden = name === 'rename';
}

function closeHead(focus) {
  openHead(null);
  fieldError('list-rename', {});
  if (focus) $(focus).focus();
}

$('list-rename').addEventListener('click', () => {
  const row = lists.get().find(({ id }) => id === view.id);
  const { name, description } = $('list-rename-form').elements;
  name.value = row.name;
  description.value = row.description;
  openHead('rename');
  name.select();
});
$('list-rename-cancel').addEventListener('click', () => closeHead('list-rename'));
onEscape($('list-rename-form'), () => closeHead('list-rename'));
onSubmit('list-rename-form', async (form) => {
  const [name, description] = [form.elements.name.value.trim(), form.elements.description.value.trim()];
  if (name === '') return fieldError('list-rename', { name: ['Give the list a name.'] });
  await client.update('todo-list', { id: view.id, name, description });
  closeHead('list-rename');
  return undefined;
});

$('list-delete').addEventListener('click', () => {
  openHead('delete');
  $('list-delete-cancel').focus();
});
$('list-delete-cancel').addEventListener('click', () => closeHead('list-delete'));
onEscape($('list-delete-ask'), () => closeHead('list-delete'));
$('list-delete-confirm').addEventListener('click', () => {
  client.delete('todo-list', { id: view.id }).catch(report);
});

// ---- The items --------------------------------------------------------------------------------------------------

const ticks = new Map(); // By id: what was ticked here and has not come back yet, `{done, settled}`.
const problems = new Map(); // By id: what the server said against it.

function drawItems() {
  if (!items) return;
  const { status, error } = items.state.get();
  const rows = items.get();
  $('items').dataset.status = status;
  reconcile($('items'), rows, 'item-template', (entry, row) => {
    const tick = ticks.get(row.id);
    if (tick?.settled && tick.done === row.done) ticks.delete(row.id);
    part(entry, 'item-done').checked = ticks.get(row.id)?.done ?? row.done;
    setText(part(entry, 'item-text'), row.text);
    part(entry, 'item-edit').setAttribute('aria-label', `Edit ${row.text}`);
    part(entry, 'item-delete').setAttribute('aria-label', `Delete ${row.text}`);
    showError(part(entry, 'item-error'), part(entry, 'item-edit-text'), problems.get(row.id));
  }, (id) => {
    ticks.delete(id);
    problems.delete(id);
  });

  const empty = $('items-empty');
  empty.hidden = rows.length > 0 && status !== 'error';
  empty.className = status === 'error' ? 'error' : status === 'live' ? 'empty' : 'empty late';
  setText(empty, status === 'error' ? error.message : status === 'live' ? EMPTY[view.filter] : 'Loading…');
}

onSubmit('item-add', async (form) => {
  await client.create('todo-item', { todo_list_id: view.id, text: form.elements.text.value });
  form.reset();
});

$('items').addEventListener('change', async (event) => {
  if (event.target.dataset.testid !== 'item-done') return;
  const id = idOf(event.target);
  const tick = { done: event.target.checked, settled: false };
  ticks.set(id, tick);
  problems.delete(id);
  drawItems();
  try {
    await client.update('todo-item', { id, done: tick.done });
    tick.settled = true; // The row follows in a moment; until then the tick stands for it.
    setTimeout(forget, 2_000);
  } catch (error) {
    if (ticks.get(id) === tick) refused(id, error);
    forget();
  }
  function forget() {
    if (ticks.get(id) === tick) ticks.delete(id);
    drawItems();
  }
});

$('items').addEventListener('click', (event) => {
  const entry = event.target.closest('[data-testid=item]');
  const name = event.target.closest('button')?.dataset.testid;
  if (name === 'item-edit') edit(entry);
  if (name === 'item-cancel') endEdit(entry);
  if (name === 'item-delete') remove(entry);
});
onEscape($('items'), (event) => endEdit(event.target.closest('[data-testid=item]')));

$('items').addEventListener('submit', async (event) => {
  event.preventDefault();
  const entry = event.target.closest('[data-testid=item]');
  const id = idOf(entry);
  await alone(event.target, async () => {
    try {
      await client.update('todo-item', { id, text: event.target.elements.text.value });
      if (entry.isConnected) endEdit(entry);
    } catch (error) {
      refused(id, error);
      part(entry, 'item-edit-text').focus();
    }
  });
});

function edit(entry) {
  const input = part(entry, 'item-edit-text');
  input.value = part(entry, 'item-text').textContent;
  entry.querySelector('.row').hidden = true;
  entry.querySelector('.edit-form').hidden = false;
  input.select();
}

function endEdit(entry) {
  if (!entry || entry.querySelector('.edit-form').hidden) return;
  entry.querySelector('.row').hidden = false;
  entry.querySelector('.edit-form').hidden = true;
  problems.delete(idOf(entry));
  drawItems();
  part(entry, 'item-edit').focus();
}

async function remove(entry) {
  entry.setAttribute('aria-busy', 'true');
  try {
    await client.delete('todo-item', { id: idOf(entry) });
  } catch (error) {
    entry.removeAttribute('aria-busy');
    if (error.code !== 'not_found') refused(idOf(entry), error); // Gone is gone, whoever did it.
  }
}

function refused(id, error) {
  problems.set(id, error.errors.text?.join(' ') ?? sentence(error));
  drawItems();
}

// ---- The connection ----------------------------------------------------------------------------------------------

const SAID = { connecting: 'Connecting…', connected: 'Connected', reconnecting: 'Reconnecting…', offline: 'Offline' };
let wasOpen = false;

function drawConnection() {
  wasOpen ||= client.state === 'open';
  let state = wasOpen ? 'reconnecting' : 'connecting';
  if (client.state === 'open') state = 'connected';
  else if (client.state === 'closed') state = 'closed';
  else if (navigator.onLine === false) state = 'offline';
  $('connection').dataset.state = state;
  setText($('connection'), SAID[state] ?? 'Disconnected');
}

client.onState((state, { error }) => {
  drawConnection();
  if (state === 'closed') say(`${error.message} Reload the page to try again.`);
});
window.addEventListener('online', drawConnection);
window.addEventListener('offline', drawConnection);

// ---- And now ------------------------------------------------------------------------------------------------------

readAddress();
lists.subscribe(drawLists);
lists.state.subscribe(drawLists);
