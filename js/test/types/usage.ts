// What a page in TypeScript may write, and what it may not. Checked by `tsc`, never run. The package imports itself by
// its name, so `exports` and `types` of package.json are checked as well.

import {
  backoff,
  compareText,
  compareValues,
  connect,
  createStore,
  DataMapper,
  DragonError,
  liveList,
  orderBy,
  type Backoff,
  type Client,
  type LiveList,
  type LiveStatus,
  type PagedList,
  type Readable,
  type State,
} from 'dragon-client';

interface Item {
  id: number;
  _type: 'todoitem';
  text: string;
  done: boolean;
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function is<T extends true>(): T | void {}

export async function page(): Promise<void> {
  const client: Client = connect();
  connect({ url: '/ws', timeout: 5_000, WebSocket, network: null });
  const slow: Backoff = ({ attempt, random }) => attempt * 1_000 * random();
  connect({ backoff: slow });
  connect({ backoff });

  await client.ready();
  const stop = client.onState((state, info) => {
    is<Equal<typeof state, State>>();
    console.log(info.retryIn?.toFixed(), info.error?.closeCode);
  });
  stop();

  const items = await client.getList<Item>('todo-item', { todo_list_id: 1 });
  is<Equal<typeof items, Item[]>>();
  const item = await client.getSingle<Item>('todo-item', { id: 1 });
  const changed = await client.update<Item>('todo-item', { id: item.id, done: true });
  is<Equal<typeof changed, Partial<Item>>>();
  const paged: PagedList<Item> = await client.getPagedList<Item>('todo-item', 2);
  console.log(paged.page?.page_count, paged.data[0]?.text);
  await client.callRouter<string>('shout', 'chat', { text: 'hey' }, { timeout: 0 });
  const { context } = await client.call('whoami', 'chat');
  console.log(context.client_context);

  const subscribed = await client.subscribe<Item>('todo-item', 'todos', { done: false }, { snapshot: true });
  console.log(subscribed.snapshot?.[0]?.text, subscribed.recovered, subscribed.position);
  await client.subscribe('todo-item', 'todos', {}, { since: 'e:1' });
  await client.subscribe('company', 'co', { id: 1 }, { since: { 'company|id:1': 'e:1' } });
  const name: string = await client.login('a token');
  await client.logout();
  console.log(name);
  await client.unsubscribe('todo-item', 'todos', { done: false });

  const mapper = new DataMapper(subscribed.data);
  client.onChannelMessage((channels, message) => {
    if (channels.includes('todos')) {
      const same = mapper.mapData(items, message);
      is<Equal<typeof same, Item[]>>();
    }
    if (message.action === 'resync') location.reload();
  });
  client.onSubscription(({ channel, resumed, recovered, error }) => {
    console.log(channel, resumed && !recovered, error?.code);
  });

  const list: LiveList<Item> = liveList<Item>(client, 'todo-item', { done: false }, { order: ['-done', 'text'] });
  const readable: Readable<readonly Item[]> = list;
  readable.subscribe((rows) => console.log(rows.map((row) => row.text)));
  list.state.subscribe(({ status, error }) => {
    is<Equal<typeof status, LiveStatus>>();
    console.log(error?.errors);
  });
  liveList<Item>(client, 'todo-item', {}, { order: (a, b) => compareText(a.text, b.text) });
  const plain = liveList(client, 'todo-item');
  plain.subscribe((rows) => console.log(rows[0]?.id, rows[0]?.['anything']));

  const store = createStore(0, { start: () => () => {}, linger: 0 });
  store.set(store.get() + 1);
  items.sort(orderBy<Item>('-text'));
  console.log(compareValues(null, 1));

  try {
    await client.create<Item>('todo-item', { text: '' });
  } catch (error) {
    if (error instanceof DragonError && error.code === 'validation') console.log(error.errors['text']?.join());
  }

  // @ts-expect-error A route is a text.
  client.getList(1);
  // @ts-expect-error There is no such option.
  connect({ retries: 10 });
  // @ts-expect-error The rows are the list's; nobody else changes them.
  list.get().push(item);
  // @ts-expect-error Nor sets its status.
  list.status = 'live';
  // @ts-expect-error A list cannot be set.
  list.set([]);
  // @ts-expect-error A backoff gives milliseconds.
  connect({ backoff: () => 'soon' });
  // @ts-expect-error There is no such state.
  if (client.state === 'opened') return;
  // @ts-expect-error An order is a key, keys, or a comparison.
  liveList(client, 'todo-item', {}, { order: 5 });

  client.close();
}
