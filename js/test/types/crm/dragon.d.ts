// The routes of the app 'crm', for the compiler and the editor.
//
// Written by `dragon-cli types` from the routers and serializers. Do not edit it: change those, and run that
// again. `dragon-cli types --check` fails where this file is out of date.

/** A row of `category`, as `CategorySerializer` tells it. */
export interface Category {
  id: number;
  _type: 'category';
  name: string;
  parent: null;
}

/** A row of `company`, as `CompanySerializer` tells it. */
export interface Company {
  id: number;
  _type: 'company';
  name: string;
  status: 'open' | 'in progress' | 'won\'t do';
  /** A day: `2026-11-21`. */
  founded: string | null;
  /** What `serialize_label` answers. */
  label: string;
  /** What `serialize_badge` answers. */
  badge: unknown;
  staff_set: (Omit<Staff, 'company'> & { company: null })[];
  tags: Tag[];
  category: Category | null;
}

/** A row of `document`, as `DocumentSerializer` tells it. */
export interface Document {
  id: number;
  _type: 'document';
  title: string;
  staff: Omit<Staff, 'documents'> & { documents: null };
}

/** A row of `measure`, as `MeasureSerializer` tells it. */
export interface Measure {
  id: number;
  _type: 'measure';
  /** A decimal number, as text: `10.50`. */
  amount: string | null;
  /** Bytes, as base64. */
  raw: string;
  factor: number;
  /** A date and time in UTC: `2026-11-21T15:33:01+00:00`. */
  at: string;
  /** A day: `2026-11-21`. */
  day: string;
  /** A time of day: `15:33:01`. */
  hour: string;
  /** A date and time without a zone: `2026-11-21T15:33:01`. */
  local: string;
  more: unknown;
  free: boolean;
}

/** A row of `staff`, as `StaffSerializer` tells it. */
export interface Staff {
  id: number;
  _type: 'staff';
  name: string;
  age: number | null;
  company: Omit<Company, 'staff_set'> & { staff_set: null } | null;
  documents: (Omit<Document, 'staff'> & { staff: null })[];
}

/** A row of `tag`, as `TagSerializer` tells it. */
export interface Tag {
  /** A UUID. */
  id: string;
  _type: 'tag';
  label: string;
}

/** A row of `staff`: what is not told in each of its views (`card`) may be absent. */
export type StaffRow = Omit<Staff, 'age' | 'company' | 'documents'> & { age?: number | null; company?: Omit<Company, 'staff_set'> & { staff_set: null } | null; documents: (Omit<Document, 'staff'> & { staff?: null })[] };

/** What lists and subscriptions of `company` can be filtered by. */
export interface CompanyFilter {
  id?: number;
  id__in?: readonly number[];
  id__lt?: number;
  id__lte?: number;
  id__gt?: number;
  id__gte?: number;
  name?: string;
  name__in?: readonly string[];
  name__lt?: string;
  name__lte?: string;
  name__gt?: string;
  name__gte?: string;
  name__contains?: string;
  /** A day: `2026-11-21`. */
  founded?: string | null;
  founded__in?: readonly (string | null)[];
  founded__lt?: string;
  founded__lte?: string;
  founded__gt?: string;
  founded__gte?: string;
  staff_set__name?: string;
  staff_set__name__in?: readonly string[];
  staff_set__name__lt?: string;
  staff_set__name__lte?: string;
  staff_set__name__gt?: string;
  staff_set__name__gte?: string;
  staff_set__name__contains?: string;
  status?: 'open' | 'in progress' | 'won\'t do';
  status__in?: readonly ('open' | 'in progress' | 'won\'t do')[];
}

/** What `create` of `company` takes. */
export interface CompanyCreate {
  /** At most 80 characters. */
  name: string;
  status?: 'open' | 'in progress' | 'won\'t do';
  /** A day: `2026-11-21`. */
  founded?: string | null;
  secret?: string | null;
  staff_set?: readonly StaffWrite[];
  tags?: readonly TagWrite[];
}

/** What `update` of `company` takes: the fields to change. */
export interface CompanyUpdate {
  id: number;
  /** At most 80 characters. */
  name?: string;
  status?: 'open' | 'in progress' | 'won\'t do';
  /** A day: `2026-11-21`. */
  founded?: string | null;
  secret?: string | null;
  staff_set?: readonly StaffWrite[];
  tags?: readonly TagWrite[];
}

/** What the own verbs of `company` take and answer. The server does not say it; say it in a file of your own, as in `merge: { args: { text: string }; data: string }`. */
export interface CompanyCalls {}

/** What lists and subscriptions of `staff` can be filtered by. */
export interface StaffFilter {
  id?: number;
  id__in?: readonly number[];
  id__lt?: number;
  id__lte?: number;
  id__gt?: number;
  id__gte?: number;
  company__id?: number | null;
  company__id__in?: readonly (number | null)[];
  company__id__lt?: number;
  company__id__lte?: number;
  company__id__gt?: number;
  company__id__gte?: number;
  company_id?: number | null;
  company_id__in?: readonly (number | null)[];
  company_id__lt?: number;
  company_id__lte?: number;
  company_id__gt?: number;
  company_id__gte?: number;
}

/** What `create` of `staff` takes. */
export interface StaffCreate {
  name: string;
  age?: number | null;
  company?: CompanyWrite | null;
  /** No update field: for the router's `initial`. */
  company_id?: number | null;
}

/** What `update` of `staff` takes: the fields to change. */
export interface StaffUpdate {
  id: number;
  name?: string;
  age?: number | null;
  company?: CompanyWrite | null;
}

/** What lists and subscriptions of `tag` can be filtered by. */
export interface TagFilter {
  /** A UUID. */
  id?: string;
  id__in?: readonly string[];
}

/** What lists and subscriptions of `measure` can be filtered by. */
export interface MeasureFilter {
  id?: number;
  id__in?: readonly number[];
  id__lt?: number;
  id__lte?: number;
  id__gt?: number;
  id__gte?: number;
  /** A decimal number, as text: `10.50`. */
  amount?: string | number | null;
  amount__in?: readonly (string | number | null)[];
  /** A date and time in UTC: `2026-11-21T15:33:01+00:00`. */
  at?: string;
  at__in?: readonly string[];
  at__lt?: string;
  at__lte?: string;
  at__gt?: string;
  at__gte?: string;
}

/** What `create` of `measure` takes. */
export interface MeasureCreate {
  /** A decimal number, as text: `10.50`. */
  amount?: string | number | null;
  /** Bytes, as base64. */
  raw: string;
  factor: number;
  /** A date and time in UTC: `2026-11-21T15:33:01+00:00`. */
  at: string;
  /** A day: `2026-11-21`. */
  day: string;
  /** A time of day: `15:33:01`. */
  hour: string;
  /** A date and time without a zone: `2026-11-21T15:33:01`. */
  local: string;
  more?: unknown;
  free: boolean;
}

/** What `update` of `measure` takes: the fields to change. */
export interface MeasureUpdate {
  id: number;
  /** A decimal number, as text: `10.50`. */
  amount?: string | number | null;
  /** Bytes, as base64. */
  raw?: string;
  factor?: number;
  /** A date and time in UTC: `2026-11-21T15:33:01+00:00`. */
  at?: string;
  /** A day: `2026-11-21`. */
  day?: string;
  /** A time of day: `15:33:01`. */
  hour?: string;
  /** A date and time without a zone: `2026-11-21T15:33:01`. */
  local?: string;
  more?: unknown;
  free?: boolean;
}

/** What the own verbs of `chat` take and answer. The server does not say it; say it in a file of your own, as in `shout: { args: { text: string }; data: string }`. */
export interface ChatCalls {}

/** What the own verbs of `clock` take and answer. The server does not say it; say it in a file of your own, as in `shout: { args: { text: string }; data: string }`. */
export interface ClockCalls {}

/** A `company` that is written within another row: its id, what to change of it, or a new one. */
export type CompanyWrite =
  | number
  | { id: number; name?: string; status?: 'open' | 'in progress' | 'won\'t do'; founded?: string | null; secret?: string | null; staff_set?: readonly StaffWrite[]; tags?: readonly TagWrite[] }
  | { id?: null; name: string; status?: 'open' | 'in progress' | 'won\'t do'; founded?: string | null; secret?: string | null; staff_set?: readonly StaffWrite[]; tags?: readonly TagWrite[] };

/** A `staff` that is written within another row: its id, what to change of it, or a new one. */
export type StaffWrite =
  | number
  | { id: number; name?: string; age?: number | null; company?: CompanyWrite | null }
  | { id?: null; name: string; age?: number | null; company?: CompanyWrite | null };

/** A `tag` that is written within another row: its id, what to change of it, or a new one. */
export type TagWrite =
  | string
  | { id: string; label?: string }
  | { id?: null; label: string };

declare module 'dragon-client' {
  /** The routes of the server, by name. */
  interface Routes {
    company: {
      verbs: 'get_list' | 'get_single' | 'create' | 'update' | 'delete' | 'subscribe' | 'unsubscribe' | 'merge';
      row: Company;
      covers: Document | Staff | Tag;
      filter: CompanyFilter;
      order: 'id' | 'name' | 'founded';
      create: CompanyCreate;
      update: CompanyUpdate;
      calls: CompanyCalls;
    };
    staff: {
      verbs: 'get_list' | 'get_single' | 'create' | 'update' | 'delete' | 'subscribe' | 'unsubscribe';
      row: StaffRow;
      covers: Category | Company | Document | Tag;
      filter: StaffFilter;
      order: 'id';
      create: StaffCreate;
      update: StaffUpdate;
      paged: true;
    };
    tag: {
      verbs: 'get_list' | 'get_single';
      row: Tag;
      filter: TagFilter;
      order: 'id';
    };
    measure: {
      verbs: 'get_list' | 'get_single' | 'create' | 'update' | 'delete';
      row: Measure;
      filter: MeasureFilter;
      order: 'id' | 'at';
      create: MeasureCreate;
      update: MeasureUpdate;
    };
    chat: {
      verbs: 'shout' | 'subscribe' | 'unsubscribe';
      calls: ChatCalls;
    };
    clock: {
      verbs: string;
      calls: ClockCalls;
    };
  }
}

export {};
