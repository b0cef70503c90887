//! Orders of things that wait for each other, over petgraph.
//!
//! Nodes are numbered from zero and never removed. Cycles are found without recursion, so that a chain of 100,000
//! steps does not end on the stack.

use petgraph::Direction;
use petgraph::algo::toposort;
use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef;

/// A directed graph: an edge goes from what must be first to what waits for it.
#[derive(Clone, Debug)]
pub struct Graph<E> {
    graph: DiGraph<(), E>,
}

impl<E> Graph<E> {
    /// A graph of that many nodes without edges.
    pub fn new(nodes: usize) -> Self {
        let mut graph = DiGraph::with_capacity(nodes, nodes);
        for _ in 0..nodes {
            graph.add_node(());
        }
        Graph { graph }
    }

    /// Says that `to` waits for `from`.
    pub fn add(&mut self, from: usize, to: usize, why: E) {
        self.graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), why);
    }

    /// Every node once, each after those it waits for; else a cycle, as the edges `(from, to, why)` in its order.
    pub fn order(&self) -> Result<Vec<usize>, Vec<(usize, usize, &E)>> {
        match toposort(&self.graph, None) {
            Ok(order) => Ok(order.into_iter().map(NodeIndex::index).collect()),
            Err(cycle) => Err(self.shortest_cycle(cycle.node_id())),
        }
    }

    /// The nodes in levels: those of a level wait only for those of the levels before.
    pub fn levels(&self, order: &[usize]) -> Vec<Vec<usize>> {
        let mut depth = vec![0; self.graph.node_count()];
        let mut levels: Vec<Vec<usize>> = Vec::new();
        for &node in order {
            let before = self.graph.neighbors_directed(NodeIndex::new(node), Direction::Incoming);
            let level = before.map(|before| depth[before.index()] + 1).max().unwrap_or(0);
            depth[node] = level;
            if levels.len() <= level {
                levels.resize_with(level + 1, Vec::new);
            }
            levels[level].push(node);
        }
        levels.iter_mut().for_each(|level| level.sort_unstable());
        levels
    }

    /// Breadth first from a node on a cycle, back to it; a node that only leads to a cycle is followed to one.
    fn shortest_cycle(&self, start: NodeIndex) -> Vec<(usize, usize, &E)> {
        let mut came_by: Vec<Option<EdgeIndex>> = vec![None; self.graph.node_count()];
        let mut queue = std::collections::VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for edge in self.graph.edges(node) {
                if edge.target() == start {
                    return self.walk_back(&came_by, start, edge.id());
                }
                if came_by[edge.target().index()].is_none() {
                    came_by[edge.target().index()] = Some(edge.id());
                    queue.push_back(edge.target());
                }
            }
        }
        Vec::new()
    }

    fn walk_back(&self, came_by: &[Option<EdgeIndex>], start: NodeIndex, last: EdgeIndex) -> Vec<(usize, usize, &E)> {
        let mut edges = Vec::new();
        let mut edge = Some(last);
        while let Some(id) = edge {
            let (from, to) = self.graph.edge_endpoints(id).expect("the edge was met on the way");
            edges.push((from.index(), to.index(), &self.graph[id]));
            edge = if from == start { None } else { came_by[from.index()] };
        }
        edges.reverse();
        edges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_comes_after_what_it_waits_for_and_levels_are_parallel() {
        let mut graph = Graph::new(4);
        for (from, to) in [(3, 1), (3, 0), (0, 2), (1, 2)] {
            graph.add(from, to, ());
        }
        let order = graph.order().expect("no cycle");
        let at = |node| order.iter().position(|other| *other == node);
        assert!(at(3) < at(0) && at(0) < at(2) && at(1) < at(2));
        assert_eq!(graph.levels(&order), [vec![3], vec![0, 1], vec![2]]);
    }

    #[test]
    fn a_cycle_is_shown_edge_by_edge() {
        let mut graph = Graph::new(5);
        for (from, to) in [(0, 1), (1, 2), (2, 3), (3, 1), (3, 4)] {
            graph.add(from, to, (from, to));
        }
        let cycle = graph.order().expect_err("1, 2 and 3 wait for each other");
        assert_eq!(cycle.len(), 3);
        for pair in cycle.windows(2) {
            assert_eq!(pair[0].1, pair[1].0);
        }
        assert_eq!(cycle[2].1, cycle[0].0);
    }

    #[test]
    fn a_long_chain_that_closes_does_not_end_on_the_stack() {
        let mut graph = Graph::new(100_000);
        (0..99_999).for_each(|node| graph.add(node, node + 1, ()));
        assert_eq!(graph.order().expect("a chain").len(), 100_000);
        graph.add(99_999, 0, ());
        assert_eq!(graph.order().expect_err("a circle").len(), 100_000);
    }
}
