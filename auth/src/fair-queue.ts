// A queue that serves its users in turns, however much one of them has put in. `p-limit` and similar libraries serve calls
// in the order of their arrival, so one address with many calls would delay all others.
//
// Hierarchical round-robin (fair queueing: Nagle, RFC 970). Items wait under a path of keys, such as use, network and
// account. Each level takes turns between its keys. When the queue is full, the longest part gives way (longest queue
// drop: Suter et al., 1998), so a lone user may fill it, but never at the expense of another.

type Path = readonly string[];
type Node<T> = { size: number; items: T[]; readonly children: Map<string, Node<T>> };

export function createFairQueue<T>() {
  const root: Node<T> = emptyNode();

  return {
    push(path: Path, item: T): void {
      let node = root;
      node.size += 1;
      for (const key of path) {
        const child = node.children.get(key) ?? emptyNode<T>();
        node.children.set(key, child);
        node = child;
        node.size += 1;
      }
      node.items.push(item);
    },

    /**
     * Removes the next item: the oldest of the account whose turn it is, in the network whose turn it is, and so on.
     * @param mayUse may the turn go to this key of the first level?
     */
    shift(mayUse: (key: string) => boolean = () => true): T | undefined {
      for (const [key, child] of root.children)
        if (mayUse(key)) {
          root.size -= 1;
          return takeFrom(root, key, child);
        }
      return undefined;
    },

    /** The number of items under a key of the first level. */
    sizeOf: (key: string): number => root.children.get(key)?.size ?? 0,

    /** Removes the newest item of the longest part under a key of the first level. */
    drop(key: string): T | undefined {
      const child = root.children.get(key);
      if (!child) return undefined;
      root.size -= 1;
      return removing(root, key, child, dropLongest);
    },
  };
}

function emptyNode<T>(): Node<T> {
  return { size: 0, items: [], children: new Map() };
}

function takeNext<T>(node: Node<T>): T | undefined {
  node.size -= 1;
  const [first] = node.children;
  if (!first) return node.items.shift();
  return takeFrom(node, ...first);
}

/** Takes the next item of a child, whose next turn comes after all others. */
function takeFrom<T>(node: Node<T>, key: string, child: Node<T>): T | undefined {
  // A map keeps the order of insertion: the key goes to the end.
  node.children.delete(key);
  node.children.set(key, child);
  return removing(node, key, child, takeNext);
}

function dropLongest<T>(node: Node<T>): T | undefined {
  node.size -= 1;
  let longest: [string, Node<T>] | undefined;
  // Of equally long parts the last one, which came last.
  for (const entry of node.children) if (entry[1].size >= (longest?.[1].size ?? 0)) longest = entry;
  if (!longest) return node.items.pop();
  return removing(node, ...longest, dropLongest);
}

/** Removes an item from a child. An empty child is forgotten, so the queue never holds more keys than items. */
function removing<T>(
  node: Node<T>,
  key: string,
  child: Node<T>,
  remove: (child: Node<T>) => T | undefined,
): T | undefined {
  const item = remove(child);
  if (child.size === 0) node.children.delete(key);
  return item;
}
