// Everything that types of routes can say: relations, views, pages, verbs that are missing, verbs of the app's own.
// Checked by `tsc` together with what `dragon-cli types` writes for dragon-cli/tests/cli/types/crm.json,
// the description of tests/tests/app/described/crm.rs.

import {
  connect,
  createStore,
  DataMapper,
  liveList,
  type Client,
  type CreateOf,
  type FilterOf,
  type LiveList,
  type LiveRoute,
  type Page,
  type PagedRoute,
  type RouteName,
  type Routes,
  type RouteWith,
  type RowOf,
  type TypedClient,
  type UntypedClient,
} from 'dragon-client';
import { createSwampDragon } from 'dragon-client/compat';
import type { Company, CompanyFilter, Measure, Staff, StaffRow, Tag } from './dragon.js';

declare module './dragon.js' {
  // What only the app knows of its own verbs.
  interface ChatCalls {
    shout: { args: { text: string }; data: string };
  }
  // A `get_list` of the app's own takes this as well.
  interface TagFilter {
    of_company?: number;
  }
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function is<T extends true>(): T | void {}

is<Equal<RouteName, 'company' | 'staff' | 'tag' | 'measure' | 'chat' | 'clock'>>();
is<Equal<LiveRoute, 'company' | 'staff'>>();
is<Equal<PagedRoute, 'staff'>>();
is<Equal<RouteWith<'create'>, 'company' | 'staff' | 'measure' | 'clock'>>();
is<Equal<Client, TypedClient<Routes>>>();
is<Equal<RowOf<'tag'>, Tag>>();
is<Equal<FilterOf<'company'>, CompanyFilter>>();
is<Equal<keyof CreateOf<'staff'>, 'name' | 'age' | 'company' | 'company_id'>>();

const dragon = connect();

export async function rows(): Promise<void> {
  const company = await dragon.getSingle('company', { id: 1 });
  is<Equal<typeof company, Company>>();
  is<Equal<typeof company.status, 'open' | 'in progress' | "won't do">>();
  is<Equal<typeof company.founded, string | null>>();
  // Of a method's answer the type is told that it is written with.
  is<Equal<typeof company.label, string>>();
  // Within the company its staff tells nothing of it.
  const [first] = company.staff_set;
  is<Equal<NonNullable<typeof first>['company'], null>>();
  is<Equal<typeof company.tags, Tag[]>>();
  is<Equal<NonNullable<typeof company.category>['parent'], null>>();
  const [measure] = await dragon.getList('measure', { amount: 10.5, at__gte: '2026-11-21T00:00:00+00:00', _limit: 5 });
  is<Equal<typeof measure, Measure>>();
  is<Equal<Measure['amount'], string | null>>();
  is<Equal<Measure['free'], boolean>>();

  // A view may leave fields out.
  const staff = await dragon.getSingle('staff', { id: 1 });
  is<Equal<typeof staff, StaffRow>>();
  is<Equal<typeof staff.age, number | null | undefined>>();
  is<Equal<Staff['age'], number | null>>();
  is<Equal<typeof staff.name, string>>();
  // Nor need its documents say whose they are.
  is<Equal<(typeof staff.documents)[number]['staff'], null | undefined>>();
  const { data, page } = await dragon.getPagedList('staff', 2, { company__id: null });
  is<Equal<typeof data, StaffRow[]>>();
  is<Equal<typeof page, Page>>();

  // @ts-expect-error It may be null.
  company.founded.length;
  // @ts-expect-error It is a text, and no number.
  company.label.toFixed();
  // @ts-expect-error It may not be told.
  staff.age + 1;
  // @ts-expect-error It is not told.
  company.secret;
  // @ts-expect-error There is no such status.
  company.status === 'closed';
  // @ts-expect-error A tag's id is a text.
  dragon.getSingle('tag', { id: 1 });
  // @ts-expect-error Which one?
  dragon.getSingle('company');
  // @ts-expect-error Its lists do not come in pages.
  dragon.getPagedList('company', 2);
  // @ts-expect-error They do; it takes no limit.
  dragon.getList('staff', { _limit: 5 });
}

export async function filters(): Promise<void> {
  await dragon.getList('company', { staff_set__name__contains: 'Ann', status__in: ['open', "won't do"], id__in: [1, 2] });
  await dragon.getList('company', { founded: null, founded__lt: '2000-01-01', _order: '-founded' });
  await dragon.getList('staff', { company_id: 1, company__id__in: [1, null] });
  await dragon.getList('tag', { of_company: 1 });
  await dragon.getList('clock', { anything: 1 });

  // @ts-expect-error Not one of the choices.
  dragon.getList('company', { status: 'closed' });
  // @ts-expect-error A list.
  dragon.getList('company', { id__in: 1 });
  // @ts-expect-error A list of numbers.
  dragon.getList('company', { id__in: ['1'] });
  // @ts-expect-error It is never null.
  dragon.getList('company', { name: null });
  // @ts-expect-error Enums have no order.
  dragon.getList('company', { status__lt: 'open' });
  // @ts-expect-error No path of the router's.
  dragon.getList('company', { staff_set__age: 1 });
  // @ts-expect-error It cannot be sorted by.
  dragon.getList('company', { _order: ['status'] });
  // @ts-expect-error A plain router has the verbs that it says.
  dragon.getList('chat');
}

export async function writes(): Promise<void> {
  const company = await dragon.create('company', {
    name: 'Acme',
    status: 'in progress',
    secret: null,
    staff_set: [{ name: 'Ann' }, { id: 2, age: 40 }, 3],
    tags: ['4a1c', { label: 'new' }],
  });
  is<Equal<typeof company, Company>>();
  const changed = await dragon.update('company', { id: 1, name: 'Acme Ltd' });
  is<Equal<typeof changed.id, number>>();
  is<Equal<typeof changed.name, string | undefined>>();
  is<Equal<typeof changed.tags, Tag[] | string[] | undefined>>();
  await dragon.update('company', { ...company, founded: '1949-01-01' });
  await dragon.create('staff', { name: 'Bob', company: { name: 'New' }, company_id: 4 });
  await dragon.update('staff', { id: 1, company: null });
  await dragon.create('measure', { raw: '', factor: 1, at: '', day: '', hour: '', local: '', free: true, more: { any: [1] } });
  const gone = await dragon.delete('company', { id: 1 });
  is<Equal<typeof gone, Company>>();

  // @ts-expect-error It has no name.
  dragon.create('company', { status: 'open' });
  // @ts-expect-error Nor has this one of its staff.
  dragon.create('company', { name: 'Acme', staff_set: [{ age: 3 }] });
  // @ts-expect-error There is no such field of staff.
  dragon.create('company', { name: 'Acme', staff_set: [{ id: 3, nmae: 'Ann' }] });
  // @ts-expect-error It cannot be null.
  dragon.update('company', { id: 1, name: null });
  // @ts-expect-error Which one?
  dragon.update('company', { name: 'Acme' });
  // @ts-expect-error It is what a method tells, nothing to write.
  dragon.update('company', { id: 1, label: 'x' });
  // @ts-expect-error Tags are only read.
  dragon.create('tag', { label: 'x' });
  // @ts-expect-error Nor deleted.
  dragon.delete('tag', { id: 'x' });
}

export async function verbs(): Promise<void> {
  const shouted = await dragon.callRouter('shout', 'chat', { text: 'hey' }, { timeout: 0 });
  is<Equal<typeof shouted, string>>();
  const { data, context } = await dragon.call('get_list', 'company', { whatever: 'the app takes' });
  is<Equal<typeof data, Company[]>>();
  console.log(context.client_context);
  const merged = await dragon.callRouter('merge', 'company', { into: 2 });
  merged.anything;
  await dragon.callRouter('tick', 'clock');

  // @ts-expect-error There is no such verb.
  dragon.callRouter('whisper', 'chat');
  // @ts-expect-error Not what it takes.
  dragon.callRouter('shout', 'chat', { words: 'hey' });
  // @ts-expect-error There is no such verb.
  dragon.call('update', 'tag', {});
}

export async function live(): Promise<void> {
  const companies = liveList(dragon, 'company', { name__contains: 'x' }, { order: ['-founded', 'name'] });
  is<Equal<typeof companies, LiveList<Company>>>();
  liveList(dragon, 'company', {}, { order: (a, b) => a.name.length - b.name.length, linger: 0 });
  const subscribed = await dragon.subscribe('company', 'all', { status: 'open' }, { snapshot: true });
  is<Equal<typeof subscribed.snapshot, Company[] | undefined>>();
  await dragon.unsubscribe('company', 'all', { status: 'open' });
  await dragon.subscribe('chat', 'room', { any: 'thing' });

  const mapper = new DataMapper(subscribed.data);
  const rows = await dragon.getList('company');
  dragon.onChannelMessage((channels, message) => {
    is<Equal<typeof channels, string[]>>();
    const same = mapper.mapData(rows, message);
    is<Equal<typeof same, Company[]>>();
    if (message.action === 'resync') return;
    if (message.action === undefined) console.log(message['text']);
    if (message.action === 'updated' && message.data._type === 'company') {
      is<Equal<typeof message.data.name, string | undefined>>();
      is<Equal<typeof message.data.staff_set, Company['staff_set'] | number[] | undefined>>();
      // @ts-expect-error A company has no age.
      message.data.age;
    }
    if (message.action === 'deleted') {
      is<Equal<typeof message.data.id, number | string>>();
      // @ts-expect-error Nothing but the reference is told.
      message.data.name;
    }
    // @ts-expect-error There is no such row.
    if (message.action === 'created' && message.data._type === 'measure') return;
    // @ts-expect-error There is no such action.
    if (message.action === 'changed') return;
  });
  dragon.onSubscription((answer) => {
    if (answer.route === 'company') is<Equal<typeof answer.snapshot, Company[] | undefined>>();
    // @ts-expect-error There is no such route.
    if (answer.route === 'firm') return;
  });

  // @ts-expect-error It cannot be subscribed to.
  liveList(dragon, 'measure');
  // @ts-expect-error It has no rows.
  liveList(dragon, 'chat');
  // @ts-expect-error It is no single value.
  liveList(dragon, 'company', {}, { order: 'staff_set' });
  // @ts-expect-error Not one of the choices.
  liveList(dragon, 'company', { status: 'closed' });
  // @ts-expect-error It cannot be subscribed to.
  dragon.subscribe('tag', 'tags');
}

// A function over routes: what a hook for a framework looks like.
export function useLive<K extends LiveRoute>(route: K, filters?: FilterOf<K>): readonly RowOf<K>[] {
  const store = createStore<readonly RowOf<K>[]>([]);
  liveList(dragon, route, filters).subscribe((rows) => store.set(rows));
  return store.get();
}
is<Equal<ReturnType<typeof useLive<'company'>>, readonly Company[]>>();

// A second server has routes of its own, and one may say nothing of them.
export async function servers(): Promise<void> {
  const other = connect<{ note: { verbs: 'get_list' | 'subscribe'; row: Tag; filter: { label?: string } } }>({ url: 'wss://example.org/ws' });
  const notes = await other.getList('note', { label: 'x' });
  is<Equal<typeof notes, Tag[]>>();
  is<Equal<ReturnType<typeof liveNotes>, LiveList<Tag>>>();
  function liveNotes() {
    return liveList(other, 'note');
  }
  const any: UntypedClient = connect<{}>();
  const rows = await any.getList<{ id: number }>('whatever', { any: 'thing' });
  liveList<Tag>(any, 'whatever').subscribe(([row]) => row?.label);
  console.log(rows[0]?.id);

  // @ts-expect-error It has no such route.
  other.getList('company');
  // @ts-expect-error A client of these routes is no client of those.
  const wrong: Client = other;
  // @ts-expect-error Nor one of any.
  const untyped: UntypedClient = dragon;
  // @ts-expect-error Nor the other way round.
  const typed: Client = any;
  console.log(wrong, untyped, typed);
}

is<Equal<ReturnType<typeof createSwampDragon>['client'], Client>>();
