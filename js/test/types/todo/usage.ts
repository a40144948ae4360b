// The least that a page in TypeScript writes: nothing but its calls. Checked by `tsc` together with what `dragon-cli types`
// writes for examples/todo, which nothing here imports: that it is part of the project is enough.

import { connect, liveList, type Client, type LiveList } from 'dragon-client';
import type { TodoItem } from './dragon.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function is<T extends true>(): T | void {}

export async function page(): Promise<void> {
  const dragon: Client = connect({ url: '/ws' });

  const items = await dragon.getList('todo-item', { todo_list__id: 1, text__contains: 'milk', _order: ['-text', 'id'] });
  is<Equal<typeof items, TodoItem[]>>();
  const created = await dragon.create('todo-item', { todo_list_id: 1, text: 'Milk' });
  is<Equal<(typeof created)['done'], boolean>>();
  const changed = await dragon.update('todo-item', { id: created.id, done: !created.done });
  is<Equal<typeof changed.text, string | undefined>>();
  await dragon.update('todo-item', { ...created, done: true });
  await dragon.delete('todo-item', { id: created.id });

  const live = liveList(dragon, 'todo-item', { todo_list_id: 1, done: false }, { order: ['-done', 'text'] });
  is<Equal<typeof live, LiveList<TodoItem>>>();
  live.subscribe((rows) => console.log(rows[0]?.text.length));

  // @ts-expect-error There is no such route.
  dragon.getList('todo-items');
  // @ts-expect-error There is no such filter.
  dragon.getList('todo-item', { list: 1 });
  // @ts-expect-error There is no such lookup of it.
  dragon.getList('todo-item', { done__contains: 'x' });
  // @ts-expect-error A number.
  dragon.getList('todo-item', { todo_list__id: 'one' });
  // @ts-expect-error It needs a text.
  dragon.create('todo-item', { todo_list_id: 1 });
  // @ts-expect-error There is no such field.
  items[0]?.title;
  // @ts-expect-error It cannot be written.
  dragon.update('todo-item', { id: 1, todo_list_id: 2 });
  // @ts-expect-error There is no such order: the server does not allow it.
  dragon.getList('todo-item', { _order: 'done' });
  // @ts-expect-error There is no such field to sort by.
  liveList(dragon, 'todo-item', {}, { order: 'title' });
  // @ts-expect-error There is no such filter.
  liveList(dragon, 'todo-item', { titel: 'x' });
}
