// A client with a subscription or two.

import { open } from './fake.js';

export const LIST_1 = 'todoitem|todo_list__id:1';

/** A client with everything that its listeners heard. */
export function listening(all = open()) {
  const messages = [];
  const answers = [];
  all.client.onChannelMessage((channels, message) => messages.push([channels, message]));
  all.client.onSubscription((answer) => answers.push(answer));
  return { ...all, messages, answers };
}

/** Subscribes and answers it. */
export async function subscribed(all, channel, filters, remote, reply = {}, options = {}) {
  const promise = all.client.subscribe('todo-item', channel, filters, options);
  all.wire.last.subscribed(all.wire.last.take(), remote, reply);
  return promise;
}
