//! Who waits for whom, and the workers that go through it.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::error::{caught, thrown};

/// Nodes, each of which may need others to be done before it.
#[derive(Clone, Default)]
pub struct Graph {
    /// Those of the nodes, then those of the gates.
    needs: Vec<BTreeSet<usize>>,
    nodes: usize,
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
        Graph { needs: vec![BTreeSet::new(); nodes], nodes }
    }

    /// A node without work, which is done once all of `others` are. Many can wait for it instead of each waiting for each of
    /// the others.
    pub fn gate(&mut self, others: impl IntoIterator<Item = usize>) -> usize {
        self.needs.push(others.into_iter().collect());
        self.needs.len() - 1
    }

    /// The graph of the nodes that `keep` names, in their order, as if all others were done.
    #[must_use]
    pub fn only(self, keep: impl Fn(usize) -> bool) -> Graph {
        let is_left = |index: usize| index >= self.nodes || keep(index);
        let mut places = vec![None; self.needs.len()];
        let left: Vec<usize> = (0..self.needs.len()).filter(|index| is_left(*index)).collect();
        for (place, index) in left.iter().enumerate() {
            places[*index] = Some(place);
        }
        let nodes = left.iter().filter(|index| **index < self.nodes).count();
        let needs = |index: &usize| self.needs[*index].iter().filter_map(|need| places[*need]).collect();
        Graph { needs: left.iter().map(needs).collect(), nodes }
    }

    /// Makes `node` wait for `other`, unless they are the same.
    pub fn wait(&mut self, node: usize, other: usize) {
        if node != other
            && let Some(needs) = self.needs.get_mut(node)
        {
            needs.insert(other);
        }
    }

    /// The nodes on a circle and those that wait for it, if there is one: none of them could ever begin.
    pub fn circle(&self) -> Vec<usize> {
        let dependants = self.dependants();
        let mut open: Vec<usize> = self.needs.iter().map(BTreeSet::len).collect();
        let mut free: VecDeque<usize> = (0..open.len()).filter(|node| open[*node] == 0).collect();
        while let Some(node) = free.pop_front() {
            for dependant in &dependants[node] {
                open[*dependant] -= 1;
                if open[*dependant] == 0 {
                    free.push_back(*dependant);
                }
            }
        }
        (0..self.nodes).filter(|node| open[*node] > 0).collect()
    }

    /// For each node and gate those that need it. The indices of `needs` come from this graph, so each is one of its own.
    fn dependants(&self) -> Vec<Vec<usize>> {
        let mut dependants = vec![Vec::new(); self.needs.len()];
        for (node, needs) in self.needs.iter().enumerate() {
            for need in needs {
                dependants[*need].push(node);
            }
        }
        dependants
    }

    /// Does the work of every node once all that it needs is done, with up to `jobs` at a time, those with a lower index
    /// first. `work` says whether it went well; whatever needs a node that did not is skipped.
    ///
    /// The graph must have no circle. A panic of `work` counts as a failure for the others, and goes on to the caller once
    /// they have ended: nobody waits for a node that broke off.
    pub fn walk(&self, jobs: usize, work: &(dyn Fn(usize) -> bool + Sync)) -> Vec<Fate> {
        let dependants = self.dependants();
        let open: Vec<usize> = self.needs.iter().map(BTreeSet::len).collect();
        let ready = (0..self.nodes).filter(|node| open[*node] == 0).collect();
        let fates = vec![None; open.len()];
        let state = State { ready, left: open.len(), open, fates };
        let walk = Walk { state: Mutex::new(state), change: Condvar::new(), nodes: self.nodes };
        (self.nodes..self.needs.len())
            .filter(|gate| self.needs[*gate].is_empty())
            .for_each(|gate| walk.settle(gate, Fate::Done, &dependants));
        let broken = Mutex::new(None);
        thread::scope(|scope| {
            for _ in 0..jobs.max(1).min(self.nodes) {
                scope.spawn(|| {
                    while let Some(node) = walk.next() {
                        let went_well = caught(|| Ok(work(node))).unwrap_or_else(|why| {
                            *broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
                            false
                        });
                        walk.settle(node, if went_well { Fate::Done } else { Fate::Failed }, &dependants);
                    }
                });
            }
        });
        if let Some(why) = broken.into_inner().unwrap_or_else(PoisonError::into_inner) {
            thrown(why);
        }
        let state = walk.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Without a circle every node has got its fate.
        state.fates.into_iter().take(self.nodes).map(|fate| fate.unwrap_or(Fate::Failed)).collect()
    }
}

struct Walk {
    state: Mutex<State>,
    change: Condvar,
    /// Indices from here on are gates.
    nodes: usize,
}

struct State {
    ready: BTreeSet<usize>,
    /// For each node the number of nodes that it still waits for.
    open: Vec<usize>,
    fates: Vec<Option<Fate>>,
    /// Nodes and gates without a fate.
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
        let mut freed = 0;
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
                        if state.open[*dependant] > 0 || state.fates[*dependant].is_some() {
                            continue;
                        }
                        match *dependant < self.nodes {
                            true => freed += usize::from(state.ready.insert(*dependant)),
                            false => settled.push((*dependant, Fate::Done)),
                        }
                    }
                    Fate::Failed => settled.push((*dependant, Fate::Skipped(node))),
                    Fate::Skipped(origin) => settled.push((*dependant, Fate::Skipped(origin))),
                }
            }
        }
        let ends = state.left == 0;
        drop(state);
        // The caller takes one itself: workers that would find nothing to do sleep on.
        if ends || freed > 1 {
            self.change.notify_all();
        }
    }
}

/// How many threads can work at a time.
pub fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Does `work` for each of `list`, with up to `jobs` at a time; the results keep the order of the list.
pub fn each<T: Sync, R: Send>(jobs: usize, list: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if let [one] = list {
        return vec![work(one)];
    }
    let results: Vec<Mutex<Option<R>>> = list.iter().map(|_| Mutex::new(None)).collect();
    Graph::new(list.len()).walk(jobs, &|node| {
        let result = work(&list[node]);
        *results[node].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        true
    });
    results.into_iter().filter_map(|result| result.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

/// Does the work for each of a list of its own, all at a time.
pub fn each_of<T: Send, R: Send>(list: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let list: Vec<Mutex<Option<T>>> = list.into_iter().map(|one| Mutex::new(Some(one))).collect();
    let taken = |one: &Mutex<Option<T>>| one.lock().unwrap_or_else(PoisonError::into_inner).take().map(&work);
    each(list.len(), &list, taken).into_iter().flatten().collect()
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
        let fates = graph.walk(4, &|node| {
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
        let fates = graph.walk(2, &|node| node != 0);
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
    fn a_gate_opens_when_all_before_it_are_done() {
        let mut graph = Graph::new(4);
        let (gate, open) = (graph.gate([1, 2]), graph.gate([]));
        graph.wait(0, gate);
        graph.wait(3, open);
        graph.wait(3, gate);
        assert!(graph.circle().is_empty());
        let order = Mutex::new(Vec::new());
        let fates = graph.walk(1, &|node| {
            order.lock().unwrap().push(node);
            true
        });
        assert_eq!(*order.lock().unwrap(), [1, 2, 0, 3]);
        assert_eq!(fates, [Fate::Done; 4]);
        assert_eq!(graph.walk(2, &|node| node != 1), [Fate::Skipped(1), Fate::Failed, Fate::Done, Fate::Skipped(1)]);
        graph.wait(2, 0);
        assert_eq!(graph.circle(), [0, 2, 3], "the gate is on it, but nothing to tell about");
    }

    #[test]
    fn nodes_that_are_left_out_count_as_done() {
        let mut graph = Graph::new(4);
        let gate = graph.gate([0, 1]);
        graph.wait(3, gate);
        graph.wait(2, 1);
        let graph = graph.only(|node| node != 1);
        let order = Mutex::new(Vec::new());
        let fates = graph.walk(1, &|node| {
            order.lock().unwrap().push(node);
            true
        });
        assert_eq!(fates, [Fate::Done; 3]);
        assert_eq!(*order.lock().unwrap(), [0, 1, 2]);
        assert_eq!(graph.walk(1, &|node| node != 0), [Fate::Failed, Fate::Done, Fate::Skipped(0)]);
        assert_eq!(
            graph.walk(1, &|node| node != 1),
            [Fate::Done, Fate::Failed, Fate::Done],
            "it waited for nobody else"
        );
    }

    #[test]
    fn a_node_that_breaks_off_keeps_nobody_waiting() {
        let mut graph = Graph::new(4);
        graph.wait(1, 0);
        let begun = Mutex::new(BTreeSet::new());
        let walk = || {
            graph.walk(2, &|node| {
                begun.lock().unwrap().insert(node);
                assert_ne!(node, 0);
                true
            })
        };
        assert!(caught(|| Ok(walk())).is_err(), "the caller hears of it");
        assert_eq!(*begun.lock().unwrap(), BTreeSet::from([0, 2, 3]), "the others are done");
    }

    #[test]
    fn results_keep_the_order_of_the_list() {
        assert_eq!(each(3, &[1, 2, 3, 4], |n| n * 10), [10, 20, 30, 40]);
        assert!(each(3, &[] as &[u8], |n| *n).is_empty());
    }
}
