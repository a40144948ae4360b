// The AngularJS module `SwampDragonServices` with its one service, `$dragon`: the calls of `swampdragon` as promises.

/** See compat.d.ts. */
export function angularModule(angular, swampdragon) {
  const module = angular.module('SwampDragonServices', []);
  module.factory('$dragon', ['$q', ($q) => dragonService($q, swampdragon)]);
  return module;
}

function dragonService($q, swampdragon) {
  function callRouter(verb, route, args, channel) {
    const deferred = $q.defer();
    swampdragon.callRouter(
      verb,
      route,
      args,
      (context, data) => deferred.resolve('client_context' in context ? { data, context: context.client_context } : { data }),
      (context, errors) => deferred.reject({ errors }),
      channel,
    );
    return deferred.promise;
  }

  return {
    callRouter,
    onReady: swampdragon.ready,
    onChannelMessage: swampdragon.onChannelMessage,
    getList: (route, data) => callRouter('get_list', route, data),
    getPagedList: (route, data, page) => callRouter('get_list', route, { ...data, _page: page || 1 }),
    getSingle: (route, data) => callRouter('get_single', route, data),
    create: (route, data) => callRouter('create', route, data),
    update: (route, data) => callRouter('update', route, data),
    delete: (route, data) => callRouter('delete', route, data),
    subscribe: (route, channel, args) => callRouter('subscribe', route, args, channel),
    unsubscribe: (route, channel, args) => callRouter('unsubscribe', route, args, channel),
  };
}
