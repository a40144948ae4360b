// A page of SwampDragon's in TypeScript. Checked by `tsc`, never run.

import { angularModule, createSwampDragon, DataMapper, install, type DragonService, type SwampDragon } from 'dragon-client/compat';

export function page($dragon: DragonService): void {
  const swampdragon: SwampDragon = install(window, { transport: 'sockjs', sockjs: { transports: ['xhr-polling'] } });
  install();
  window.swampdragon.ready(() => {
    let mapper = new window.DataMapper([]);
    const items: object[] = [];
    swampdragon.subscribe('todo-item', 'todos', { todo_list__id: 1 }, (context, data) => {
      mapper = new DataMapper(data);
      console.log(context.verb);
    });
    swampdragon.onChannelMessage((channels, message) => {
      if (channels.includes('todos')) mapper.mapData(items, message);
    });
    swampdragon.getPagedList('todo-item', {}, 2, null, (context, errors) => console.log(context.code, errors));
    swampdragon.callRouter('shout', 'chat', null, null, null, 'room');
  });
  $dragon.getSingle<{ id: number }>('todo-list', { id: 1 }).then(({ data }) => data.id.toFixed());
  angularModule({}, createSwampDragon({ url: '/ws' }));

  // @ts-expect-error There is no such transport.
  install(window, { transport: 'pigeon' });
  // @ts-expect-error Callbacks, not promises.
  swampdragon.getList('todo-item').then();
}
