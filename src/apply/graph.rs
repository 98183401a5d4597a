//! Who waits for whom, and the workers that go through it.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Nodes, each of which may need others to be done before it.
#[derive(Default)]
pub struct Graph {
    needs: Vec<BTreeSet<usize>>,
}

/// What became of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its work was done.
    Done,
    /// Its work failed: nothing that needs it is begun.
    Failed,
    /// Something that it needs failed; the index of the node where that began.
    Skipped(usize),
}

impl Graph {
    /// A graph of so many nodes, none of which needs another.
    pub fn new(nodes: usize) -> Graph {
        Graph { needs: vec![BTreeSet::new(); nodes] }
    }

    /// Makes `node` wait for `other`, unless they are the same.
    pub fn wait(&mut self, node: usize, other: usize) {
        if node != other
            && let Some(needs) = self.needs.get_mut(node)
        {
            needs.insert(other);
        }
    }

    /// The nodes on a circle, if there is one: none of them could ever begin.
    pub fn circle(&self) -> Vec<usize> {
        let mut open: BTreeSet<usize> = (0..self.needs.len()).collect();
        loop {
            let free: Vec<usize> = open.iter().copied().filter(|node| self.needs[*node].is_disjoint(&open)).collect();
            if free.is_empty() {
                return open.into_iter().collect();
            }
            for node in free {
                open.remove(&node);
            }
        }
    }

    /// Does the work of every node once all that it needs is done, with up to `jobs` at a time, those with a lower index
    /// first. `work` says whether it went well; whatever needs a node that did not is skipped.
    ///
    /// The graph must have no circle.
    pub fn walk(&self, jobs: usize, work: impl Fn(usize) -> bool + Sync) -> Vec<Fate> {
        let mut dependants = vec![Vec::new(); self.needs.len()];
        for (node, needs) in self.needs.iter().enumerate() {
            for need in needs {
                dependants[*need].push(node);
            }
        }
        let open: Vec<usize> = self.needs.iter().map(BTreeSet::len).collect();
        let ready = open.iter().enumerate().filter(|(_, open)| **open == 0).map(|(node, _)| node).collect();
        let fates = vec![None; open.len()];
        let walk = Walk { state: Mutex::new(State { ready, left: open.len(), open, fates }), change: Condvar::new() };
        thread::scope(|scope| {
            for _ in 0..jobs.clamp(1, self.needs.len().max(1)) {
                scope.spawn(|| {
                    while let Some(node) = walk.next() {
                        let fate = if work(node) { Fate::Done } else { Fate::Failed };
                        walk.settle(node, fate, &dependants);
                    }
                });
            }
        });
        let state = walk.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Without a circle every node has got its fate.
        state.fates.into_iter().map(|fate| fate.unwrap_or(Fate::Failed)).collect()
    }
}

struct Walk {
    state: Mutex<State>,
    change: Condvar,
}

struct State {
    ready: BTreeSet<usize>,
    /// For each node the number of nodes that it still waits for.
    open: Vec<usize>,
    fates: Vec<Option<Fate>>,
    /// Nodes without a fate.
    left: usize,
}

impl Walk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next node to work on; `None` once there is nothing left.
    fn next(&self) -> Option<usize> {
        let mut state = self.lock();
        loop {
            if let Some(node) = state.ready.pop_first() {
                return Some(node);
            }
            if state.left == 0 {
                return None;
            }
            state = self.change.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn settle(&self, node: usize, fate: Fate, dependants: &[Vec<usize>]) {
        let mut state = self.lock();
        let mut settled = vec![(node, fate)];
        while let Some((node, fate)) = settled.pop() {
            if state.fates[node].is_some() {
                continue;
            }
            state.fates[node] = Some(fate);
            state.left -= 1;
            for dependant in &dependants[node] {
                match fate {
                    Fate::Done => {
                        state.open[*dependant] -= 1;
                        if state.open[*dependant] == 0 && state.fates[*dependant].is_none() {
                            state.ready.insert(*dependant);
                        }
                    }
                    Fate::Failed => settled.push((*dependant, Fate::Skipped(node))),
                    Fate::Skipped(origin) => settled.push((*dependant, Fate::Skipped(origin))),
                }
            }
        }
        drop(state);
        self.change.notify_all();
    }
}

/// Does `work` for each of `list`, with up to `jobs` at a time; the results keep the order of the list.
pub fn each<T: Sync, R: Send>(jobs: usize, list: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let results: Vec<Mutex<Option<R>>> = list.iter().map(|_| Mutex::new(None)).collect();
    Graph::new(list.len()).walk(jobs, |node| {
        let result = work(&list[node]);
        *results[node].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        true
    });
    results.into_iter().filter_map(|result| result.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_waits_for_what_it_needs() {
        let mut graph = Graph::new(4);
        graph.wait(0, 3);
        graph.wait(1, 0);
        graph.wait(2, 0);
        graph.wait(2, 1);
        let order = Mutex::new(Vec::new());
        let fates = graph.walk(4, |node| {
            order.lock().unwrap().push(node);
            true
        });
        assert_eq!(*order.lock().unwrap(), [3, 0, 1, 2]);
        assert_eq!(fates, [Fate::Done; 4]);
    }

    #[test]
    fn a_failure_skips_only_what_needs_it() {
        let mut graph = Graph::new(5);
        graph.wait(1, 0);
        graph.wait(2, 1);
        graph.wait(4, 3);
        let fates = graph.walk(2, |node| node != 0);
        assert_eq!(fates, [Fate::Failed, Fate::Skipped(0), Fate::Skipped(0), Fate::Done, Fate::Done]);
    }

    #[test]
    fn a_circle_is_found() {
        let mut graph = Graph::new(4);
        graph.wait(0, 1);
        graph.wait(1, 2);
        assert!(graph.circle().is_empty());
        graph.wait(2, 1);
        assert_eq!(graph.circle(), [0, 1, 2]);
    }

    #[test]
    fn results_keep_the_order_of_the_list() {
        assert_eq!(each(3, &[1, 2, 3, 4], |n| n * 10), [10, 20, 30, 40]);
        assert!(each(3, &[] as &[u8], |n| *n).is_empty());
    }
}
