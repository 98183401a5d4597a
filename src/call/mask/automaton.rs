//! Finds many texts in one pass (Aho and Corasick), in time that grows with the text alone.

use std::collections::HashMap;

/// How a needle counts.
#[derive(Clone, Copy, PartialEq)]
pub enum Weight {
    /// Wherever it stands.
    Anywhere,
    /// Only where nothing belongs to the same word.
    Word,
}

/// A tree of all needles. Each node stands for the beginning of a needle.
#[derive(Clone)]
pub struct Automaton {
    nodes: Vec<Node>,
    children: HashMap<(u32, u8), u32>,
    /// The children of the root, by byte: most bytes of a text are no beginning, and cost no look-up.
    first: Vec<u32>,
}

#[derive(Clone, Copy, Default)]
struct Node {
    /// The node of the longest other beginning of a needle with which this one ends.
    fallback: u32,
    /// The nearest node on the way of fallbacks at which a needle ends, this one included.
    ending: u32,
    /// The length of the needle that ends here; 0 when none does.
    length: usize,
    /// Whether that needle counts anywhere.
    anywhere: bool,
}

const ROOT: u32 = 0;

impl Automaton {
    /// An automaton for needles. The empty one is never found.
    pub fn new<'a>(needles: impl IntoIterator<Item = (&'a [u8], Weight)>) -> Automaton {
        let mut made = Automaton { nodes: vec![Node::default()], children: HashMap::new(), first: vec![ROOT; 256] };
        for (needle, weight) in needles {
            let mut at = ROOT;
            for byte in needle {
                let next = made.nodes.len() as u32;
                at = *made.children.entry((at, *byte)).or_insert(next);
                if at == next {
                    made.nodes.push(Node::default());
                }
            }
            let node = &mut made.nodes[at as usize];
            node.length = needle.len();
            node.anywhere |= weight == Weight::Anywhere;
        }
        made.link();
        made
    }

    /// Sets the fallbacks, the shorter beginnings first.
    fn link(&mut self) {
        let mut below: Vec<Vec<(u8, u32)>> = vec![Vec::new(); self.nodes.len()];
        self.children.iter().for_each(|((parent, byte), child)| below[*parent as usize].push((*byte, *child)));
        below[ROOT as usize].iter().for_each(|(byte, child)| self.first[usize::from(*byte)] = *child);
        let mut waiting = std::collections::VecDeque::from([ROOT]);
        while let Some(parent) = waiting.pop_front() {
            for (byte, child) in &below[parent as usize] {
                let fallback = if parent == ROOT { ROOT } else { self.step(self.node(parent).fallback, *byte, &mut 0) };
                let ending = if self.node(*child).length > 0 { *child } else { self.node(fallback).ending };
                let node = &mut self.nodes[*child as usize];
                (node.fallback, node.ending) = (fallback, ending);
                waiting.push_back(*child);
            }
        }
    }

    fn node(&self, at: u32) -> Node {
        self.nodes[at as usize]
    }

    fn step(&self, mut at: u32, byte: u8, looked: &mut usize) -> u32 {
        while at != ROOT {
            *looked += 1;
            match self.children.get(&(at, byte)) {
                Some(child) => return *child,
                None => at = self.node(at).fallback,
            }
        }
        self.first[usize::from(byte)]
    }

    /// Calls `found` with start, end and weight of the needles in `text`, ordered by their ends: at each end the longest that
    /// counts anywhere, and the longer ones that count as words. Returns how often it looked at the tree: at most twice for each
    /// byte, as each look leads down by one or back up.
    pub fn search(&self, text: &[u8], mut found: impl FnMut(usize, usize, Weight)) -> usize {
        let (mut at, mut looked) = (ROOT, 0);
        for (index, byte) in text.iter().enumerate() {
            at = self.step(at, *byte, &mut looked);
            let mut ending = self.node(self.node(at).ending);
            while ending.length > 0 {
                let start = index + 1 - ending.length;
                if ending.anywhere {
                    found(start, index + 1, Weight::Anywhere);
                    break;
                }
                found(start, index + 1, Weight::Word);
                ending = self.node(self.node(ending.fallback).ending);
            }
        }
        looked
    }
}
