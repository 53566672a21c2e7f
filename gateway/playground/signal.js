// A value that others watch: what the bar above GraphiQL and the parts inside it share.

export function signal(value) {
  const watchers = new Set();
  return {
    get: () => value,
    set(next) {
      value = next;
      for (const watcher of watchers) watcher(next);
    },
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

export const useSignal = ({ watch, get }) => React.useSyncExternalStore(watch, get);
