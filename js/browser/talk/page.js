// A page as SwampDragon's own examples have it, with AngularJS and `$dragon`, in the JavaScript of its days.

// `ready` is called once for a page, and a connection that is lost takes its subscriptions along: a page that outlives a
// restart of the server loads again in `open`. That is registered when the connection is lost: while there is one, `open`
// only calls, and at once.
var again = null;
swampdragon.close(function () {
    if (again === null) return;
    swampdragon.open(again);
    again = null;
});

angular.module('todo', ['SwampDragonServices']).controller('TodoListCtrl', ['$scope', '$dragon', function ($scope, $dragon) {
    $scope.channel = 'todos';
    $scope.todoList = {};
    $scope.todoItems = [];
    $scope.draft = {};
    again = load;

    function load() {
        $dragon.subscribe('todo-item', $scope.channel, {todo_list__id: 1}).then(function (response) {
            $scope.dataMapper = new DataMapper(response.data);
        });
        $dragon.getSingle('todo-list', {id: 1}).then(function (response) {
            $scope.todoList = response.data;
        });
        $dragon.getList('todo-item', {list_id: 1}).then(function (response) {
            $scope.todoItems = response.data;
        });
    }

    $dragon.onReady(load);

    $dragon.onChannelMessage(function (channels, message) {
        if (indexOf.call(channels, $scope.channel) > -1) {
            $scope.$apply(function () {
                $scope.dataMapper.mapData($scope.todoItems, message);
            });
        }
    });

    $scope.toggle = function (item) {
        item.done = !item.done;
        $dragon.update('todo-item', item);
    };

    $scope.save = function (item) {
        $dragon.update('todo-item', {id: item.id, text: item.draft});
    };

    $scope.remove = function (item) {
        $dragon['delete']('todo-item', item);
    };

    $scope.add = function () {
        $dragon.create('todo-item', {todo_list_id: 1, text: $scope.draft.text}).then(function () {
            $scope.draft = {};
            $scope.errors = null;
        }, function (response) {
            $scope.errors = response.errors;
        });
    };
}]);
