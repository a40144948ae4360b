// The routes of the app 'todo', for the compiler and the editor.
//
// Written by `dragon-cli types` from the routers and serializers. Do not edit it: change those, and run that
// again. `dragon-cli types --check` fails where this file is out of date.

/** A row of `todoitem`, as `TodoItemSerializer` tells it. */
export interface TodoItem {
  id: number;
  _type: 'todoitem';
  done: boolean;
  text: string;
}

/** A row of `todolist`, as `TodoListSerializer` tells it. */
export interface TodoList {
  id: number;
  _type: 'todolist';
  name: string;
  description: string;
}

/** What lists and subscriptions of `todo-list` can be filtered by. */
export interface TodoListFilter {
  id?: number;
  id__in?: readonly number[];
  id__lt?: number;
  id__lte?: number;
  id__gt?: number;
  id__gte?: number;
}

/** What `create` of `todo-list` takes. */
export interface TodoListCreate {
  name: string;
  description: string;
}

/** What `update` of `todo-list` takes: the fields to change. */
export interface TodoListUpdate {
  id: number;
  name?: string;
  description?: string;
}

/** What lists and subscriptions of `todo-item` can be filtered by. */
export interface TodoItemFilter {
  id?: number;
  id__in?: readonly number[];
  id__lt?: number;
  id__lte?: number;
  id__gt?: number;
  id__gte?: number;
  todo_list__id?: number;
  todo_list__id__in?: readonly number[];
  todo_list__id__lt?: number;
  todo_list__id__lte?: number;
  todo_list__id__gt?: number;
  todo_list__id__gte?: number;
  todo_list_id?: number;
  todo_list_id__in?: readonly number[];
  todo_list_id__lt?: number;
  todo_list_id__lte?: number;
  todo_list_id__gt?: number;
  todo_list_id__gte?: number;
  done?: boolean;
  done__in?: readonly boolean[];
  text?: string;
  text__in?: readonly string[];
  text__lt?: string;
  text__lte?: string;
  text__gt?: string;
  text__gte?: string;
  text__contains?: string;
}

/** What `create` of `todo-item` takes. */
export interface TodoItemCreate {
  done?: boolean;
  text: string;
  /** No update field: for the router's `initial`. */
  todo_list_id?: number;
}

/** What `update` of `todo-item` takes: the fields to change. */
export interface TodoItemUpdate {
  id: number;
  done?: boolean;
  text?: string;
}

declare module 'dragon-client' {
  /** The routes of the server, by name. */
  interface Routes {
    'todo-list': {
      verbs: 'get_list' | 'get_single' | 'create' | 'update' | 'delete' | 'subscribe' | 'unsubscribe';
      row: TodoList;
      filter: TodoListFilter;
      order: 'id' | 'name';
      create: TodoListCreate;
      update: TodoListUpdate;
    };
    'todo-item': {
      verbs: 'get_list' | 'get_single' | 'create' | 'update' | 'delete' | 'subscribe' | 'unsubscribe';
      row: TodoItem;
      filter: TodoItemFilter;
      order: 'id' | 'text';
      create: TodoItemCreate;
      update: TodoItemUpdate;
    };
  }
}

export {};
