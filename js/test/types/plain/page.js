// @ts-check
// A page without a build step: the client comes by `<script src="/dragon.js">`, its types and those of the routes from the
// file that `dragon-cli types` writes beside the page. Checked by `tsc`, never run.

/** @typedef {import('./dragon.js').TodoItem} TodoItem */

const { connect, DragonError, liveList } = window.dragon;
const client = connect();
const list = document.createElement('ul');

/** @type {import('./dragon.js').LiveList<TodoItem>} */
const items = liveList(client, 'todo-item', { todo_list_id: 1 }, { order: ['done', 'text'] });
items.subscribe((rows) => list.replaceChildren(...rows.map(draw)));

/** @param {TodoItem} item */
function draw(item) {
  const entry = document.createElement('li');
  entry.textContent = item.done ? `✓ ${item.text}` : item.text;
  entry.onclick = () => client.update('todo-item', { id: item.id, done: !item.done });
  // @ts-expect-error There is no such field.
  entry.title = item.title;
  return entry;
}

/** @param {string} text */
export async function add(text) {
  try {
    await client.create('todo-item', { todo_list_id: 1, text });
  } catch (error) {
    if (error instanceof DragonError) console.log(error.errors['text'] ?? error.message);
  }
  // @ts-expect-error There is no such route.
  await client.getList('todo');
  // @ts-expect-error A number.
  await client.getList('todo-item', { todo_list_id: 'one' });
  // @ts-expect-error There is no such verb.
  await client.callRouter('clear', 'todo-item');
}

/** @type {import('./dragon.js').Client} */
const same = client;
console.log(same.state);
