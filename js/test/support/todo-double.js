// A double of the todo application's server: it speaks the protocol of that application and keeps its rows in memory. The
// golden transcripts hold it to the same behaviour as the real server (transcripts.test.js), so that tests of the client
// and of the page may lean on it where a real one would be slow or out of reach.

const SEED = {
  lists: [
    { id: 1, name: 'Groceries', description: 'For Saturday' },
    { id: 2, name: 'Work', description: 'This week' },
  ],
  items: [
    { id: 1, done: false, text: 'Milk', todo_list_id: 1 },
    { id: 2, done: true, text: 'Bread', todo_list_id: 1 },
    { id: 3, done: false, text: 'Apples', todo_list_id: 1 },
    { id: 4, done: false, text: 'Write the report', todo_list_id: 2 },
    { id: 5, done: false, text: 'Call the bank', todo_list_id: 2 },
  ],
};

const MODELS = {
  'todo-list': {
    type: 'todolist',
    table: 'lists',
    fields: { name: 'string', description: 'string' },
    publish: ['name', 'description'],
    initial: {},
    update: ['name', 'description'],
    filters: {},
    order: ['id', 'name'],
  },
  'todo-item': {
    type: 'todoitem',
    table: 'items',
    fields: { done: 'boolean', text: 'string', todo_list_id: 'number' },
    publish: ['done', 'text'],
    initial: { todo_list_id: 'number' },
    update: ['done', 'text'],
    filters: { todo_list_id: 'todo_list__id', todo_list__id: 'todo_list__id', done: 'done', text: 'text' },
    order: ['id', 'text'],
  },
};
const COLUMNS = { todo_list__id: 'todo_list_id' };
const TYPES = { todo_list__id: 'number', done: 'boolean', text: 'string' };
const VERBS = ['get_list', 'get_single', 'create', 'update', 'delete', 'subscribe', 'unsubscribe'];

class Failure extends Error {
  constructor(code, data) {
    super(code);
    this.code = code;
    this.data = typeof data === 'string' ? { error: [data] } : data;
  }
}

export class TodoDouble {
  constructor({ state = structuredClone(SEED), epoch = 'e', save = () => {}, historyLength = 1000 } = {}) {
    this.rows = {
      lists: new Map(state.lists.map((row) => [row.id, row])),
      items: new Map(state.items.map((row) => [row.id, row])),
    };
    this.next = { lists: 1 + Math.max(0, ...this.rows.lists.keys()), items: 1 + Math.max(0, ...this.rows.items.keys()) };
    this.epoch = epoch;
    this.save = save;
    this.historyLength = historyLength;
    this.topics = { todolist: { top: 0, history: [] }, todoitem: { top: 0, history: [] } };
    this.connections = new Set();
  }

  /** One connection: `send(object)` is what it writes to. Returns `{receive(text), close()}`. */
  connect(send) {
    const connection = { send, channels: new Map() };
    this.connections.add(connection);
    return {
      receive: (text) => this.#receive(connection, text),
      close: () => this.connections.delete(connection),
    };
  }

  /** Tells every subscriber of a model that something may be missing; nobody can resume across it. */
  reset(type) {
    const topic = this.topics[type];
    topic.top += 1;
    topic.history.length = 0;
    topic.floor = topic.top;
    for (const { send, channels } of this.connections) {
      for (const channel of channels.values()) {
        if (channel.model.type === type) send({ action: 'resync', channel: channel.name });
      }
    }
  }

  /** What a fresh get_list would answer, for tests that compare. */
  select(route, filters) {
    const model = MODELS[route];
    return this.#select(model, filterOf(model, filters)).map((row) => wire(model, row));
  }

  toJSON() {
    return { lists: [...this.rows.lists.values()], items: [...this.rows.items.values()] };
  }

  #receive(connection, text) {
    let request = null;
    try {
      request = JSON.parse(text);
    } catch {
      // Answered below, as everything that is no request.
    }
    if (request?.heartbeat) return; // Accepted silently.
    const published = [];
    let after = [];
    const context = { client_callback_name: request?.callbackname ?? null, verb: request?.verb ?? null, state: 'success' };
    try {
      const done = this.#perform(connection, request, published);
      after = done.after ?? [];
      Object.assign(context, done.context);
      if (published.length > 0) this.save(this); // Before the reply: what is acknowledged is stored.
      connection.send({ data: done.data, context, ...done.beside });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      connection.send({ data: error.data, context: { ...context, state: 'error', code: error.code } });
    }
    for (const message of after) connection.send(message);
    for (const change of published) this.#publish(change);
  }

  #perform(connection, request, published) {
    if (typeof request !== 'object' || request === null || Array.isArray(request)) {
      throw new Failure('bad_request', 'A request is a JSON object.');
    }
    if (typeof request.route !== 'string') throw new Failure('bad_request', 'A request names its route.');
    const model = Object.hasOwn(MODELS, request.route) ? MODELS[request.route] : null;
    if (!model) throw new Failure('unknown_route', `There is no route "${request.route}".`);
    if (!VERBS.includes(request.verb)) throw new Failure('unknown_verb', `There is no verb "${request.verb}".`);
    const args = request.args ?? {};
    if (typeof args !== 'object' || Array.isArray(args)) throw new Failure('bad_request', 'args is an object.');
    const call = { get_list: 'list', get_single: 'single' }[request.verb] ?? request.verb;
    return this[call](model, args, connection, published);
  }

  list(model, args) {
    const { _order, _limit, list_id, ...given } = args;
    if (list_id !== undefined) given.todo_list_id = list_id; // As the todo example has it.
    const rows = this.#select(model, filterOf(model, given));
    if (_order !== undefined) sort(model, rows, _order);
    return { data: rows.slice(0, _limit).map((row) => wire(model, row)) };
  }

  single(model, args) {
    return { data: wire(model, this.#find(model, args)) };
  }

  create(model, args, connection, published) {
    const row = { ...(model.table === 'items' ? { done: false, text: '' } : { name: '', description: '' }) };
    Object.assign(row, written(model, args, model.update), written(model, args, Object.keys(model.initial)));
    if (model.table === 'items') {
      row.text = checkText(row.text);
      if (!this.rows.lists.has(row.todo_list_id)) throw new Failure('validation', { todo_list_id: ['There is no such list.'] });
    }
    if (model.table === 'lists' && row.name.trim() === '') throw new Failure('validation', { name: ['This field cannot be blank.'] });
    row.id = this.next[model.table];
    this.next[model.table] += 1;
    this.rows[model.table].set(row.id, row);
    published.push({ model, before: null, after: row });
    return { data: wire(model, row) };
  }

  update(model, args, connection, published) {
    const before = this.#find(model, args);
    const after = { ...before, ...written(model, args, model.update) };
    if (model.table === 'items') after.text = checkText(after.text);
    if (model.table === 'lists' && after.name.trim() === '') throw new Failure('validation', { name: ['This field cannot be blank.'] });
    const changes = difference(model, before, after);
    if (!changes) return { data: wire(model, before) };
    this.rows[model.table].set(after.id, after);
    published.push({ model, before, after });
    return { data: changes };
  }

  delete(model, args, connection, published) {
    const row = this.#find(model, args);
    this.rows[model.table].delete(row.id);
    if (model.table === 'lists') {
      for (const item of this.rows.items.values()) {
        if (item.todo_list_id !== row.id) continue;
        this.rows.items.delete(item.id);
        published.push({ model: MODELS['todo-item'], before: item, after: null });
      }
    }
    published.push({ model, before: row, after: null });
    return { data: wire(model, row) };
  }

  subscribe(model, args, connection) {
    const { channel: local, _snapshot, _since, ...given } = args;
    if ('_limit' in given) throw new Failure('bad_request', 'A subscription takes no _limit.');
    if (typeof local !== 'string') throw new Failure('bad_request', 'A subscription names its channel.');
    const filter = filterOf(model, given);
    const name = channelName(model, filter);
    connection.channels.set(name, { name, model, filter });
    const topic = this.topics[model.type];
    const position = this.#position(topic.top);
    const channel_data = { local_channel: local, remote_channels: [name], action: 'subscribe' };
    if (_since !== undefined) {
      const missed = this.#since(topic, _since);
      if (missed) {
        const after = missed.flatMap((change) => message(name, filter, change, this.#position(change.offset)) ?? []);
        return { data: [], context: { position, recovered: true }, beside: { channel_data }, after };
      }
    }
    const snapshot = _snapshot ? { snapshot: this.#select(model, filter).map((row) => wire(model, row)) } : {};
    return { data: [], context: { position, ...(_since === undefined ? {} : { recovered: false }) }, beside: { ...snapshot, channel_data } };
  }

  unsubscribe(model, args, connection) {
    const { channel: local, ...given } = args;
    const name = channelName(model, filterOf(model, given));
    connection.channels.delete(name);
    const channel_data = { local_channel: local ?? null, remote_channels: [name], action: 'unsubscribe' };
    return { data: 'unsubscribed', beside: { channel_data } };
  }

  #publish({ model, before, after }) {
    const topic = this.topics[model.type];
    topic.top += 1;
    const change = { offset: topic.top, model, before, after };
    topic.history.push(change);
    if (topic.history.length > this.historyLength) topic.history.shift();
    for (const { send, channels } of this.connections) {
      for (const { name, model: own, filter } of channels.values()) {
        if (own !== model) continue;
        const push = message(name, filter, change, this.#position(change.offset));
        if (push) send(push);
      }
    }
  }

  #position(offset) {
    return `${this.epoch}:${offset}`;
  }

  #since(topic, position) {
    const [epoch, offset] = String(position).split(':');
    const oldest = topic.history[0]?.offset ?? topic.top + 1;
    if (epoch !== this.epoch || Number(offset) < oldest - 1 || Number(offset) < (topic.floor ?? 0)) return null;
    return topic.history.filter((change) => change.offset > Number(offset));
  }

  #find(model, args) {
    const id = typeof args.id === 'string' && /^\d+$/.test(args.id) ? Number(args.id) : args.id;
    if (!Number.isInteger(id)) throw new Failure('bad_request', 'id is a number.');
    const row = this.rows[model.table].get(id);
    if (!row) throw new Failure('not_found', 'There is no such row.');
    return row;
  }

  #select(model, filter) {
    return [...this.rows[model.table].values()].filter((row) => matches(row, filter));
  }
}

function filterOf(model, given) {
  const filter = new Map();
  for (const [key, value] of Object.entries(given)) {
    const name = Object.hasOwn(model.filters, key) ? model.filters[key] : null;
    if (!name) throw new Failure('bad_request', `There is no filter "${key}".`);
    if (typeof value !== TYPES[name]) throw new Failure('bad_request', `${key} is a ${TYPES[name]}.`);
    filter.set(name, value);
  }
  return filter;
}

function matches(row, filter) {
  return row !== null && [...filter].every(([key, value]) => row[COLUMNS[key] ?? key] === value);
}

function channelName(model, filter) {
  const written = (value) => (typeof value === 'boolean' ? (value ? 'True' : 'False') : encodeURIComponent(value).replaceAll('%20', '+'));
  const pairs = [...filter].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}:${written(value)}`);
  return `${model.type}|${pairs.join('|')}`;
}

function message(channel, filter, { model, before, after }, position) {
  const [had, has] = [matches(before, filter), matches(after, filter)];
  if (!had && has) return { data: wire(model, after), action: 'created', channel, position };
  if (had && !has) return { data: { id: before.id, _type: model.type }, action: 'deleted', channel, position };
  if (!had) return null;
  const data = difference(model, before, after);
  return data && { data, action: 'updated', channel, position };
}

function wire(model, row) {
  const out = { id: row.id, _type: model.type };
  for (const field of model.publish) out[field] = row[field];
  return out;
}

function difference(model, before, after) {
  const changed = model.publish.filter((field) => before[field] !== after[field]);
  if (changed.length === 0) return null;
  return { id: after.id, _type: model.type, ...Object.fromEntries(changed.map((field) => [field, after[field]])) };
}

function written(model, args, fields) {
  const values = {};
  const errors = {};
  for (const field of fields) {
    if (!(field in args)) continue;
    if (typeof args[field] === model.fields[field]) values[field] = args[field];
    else errors[field] = [`Expected a ${model.fields[field]}.`];
  }
  if (Object.keys(errors).length > 0) throw new Failure('validation', errors);
  return values;
}

function checkText(text) {
  const trimmed = text.trim();
  if (trimmed === '') throw new Failure('validation', { text: ['This field cannot be blank.'] });
  if ([...trimmed].length > 100) throw new Failure('validation', { text: ['At most 100 characters.'] });
  return trimmed;
}

function sort(model, rows, order) {
  const key = String(order).replace(/^-/, '');
  if (!model.order.includes(key)) throw new Failure('bad_request', `There is no order "${key}".`);
  const sign = String(order).startsWith('-') ? -1 : 1;
  rows.sort((a, b) => (a[key] === b[key] ? a.id - b.id : a[key] < b[key] ? -sign : sign));
}
