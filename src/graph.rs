//! Orders of things that wait for each other, over petgraph.
//!
//! Nodes are numbered from zero and never removed. Cycles are found without recursion, so that a chain of 100,000
//! steps does not end on the stack.

use petgraph::Direction;
use petgraph::algo::{kosaraju_scc, toposort};
use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef;

/// A directed graph: an edge goes from what must be first to what waits for it.
#[derive(Clone, Debug)]
pub struct Graph<E> {
    graph: DiGraph<(), E>,
}

/// Nodes that wait for each other, as the edges `(from, to, why)` in their order.
pub type Cycle<'a, E> = Vec<(usize, usize, &'a E)>;

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

    /// Every node once, each after those it waits for; else every cycle.
    pub fn order(&self) -> Result<Vec<usize>, Vec<Cycle<'_, E>>> {
        match toposort(&self.graph, None) {
            Ok(order) => Ok(order.into_iter().map(NodeIndex::index).collect()),
            Err(_) => Err(self.cycles()),
        }
    }

    /// A short cycle of each group of nodes that wait for each other.
    fn cycles(&self) -> Vec<Cycle<'_, E>> {
        let mut group_of = vec![0; self.graph.node_count()];
        let mut starts: Vec<NodeIndex> = Vec::new();
        for (number, group) in kosaraju_scc(&self.graph).iter().enumerate() {
            group.iter().for_each(|node| group_of[node.index()] = number);
            let first = *group.iter().min().expect("a group has a node");
            if group.len() > 1 || self.graph.contains_edge(first, first) {
                starts.push(first);
            }
        }
        starts.sort_unstable();
        let mut came_by = vec![None; self.graph.node_count()];
        starts.into_iter().map(|start| self.shortest_cycle(start, &group_of, &mut came_by)).collect()
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

    /// Breadth first from a node through its group, back to it.
    fn shortest_cycle(&self, start: NodeIndex, group_of: &[usize], came_by: &mut [Option<EdgeIndex>]) -> Cycle<'_, E> {
        let mut queue = std::collections::VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for edge in self.graph.edges(node) {
                let target = edge.target().index();
                if edge.target() == start {
                    return self.walk_back(came_by, start, edge.id());
                }
                if came_by[target].is_none() && group_of[target] == group_of[start.index()] {
                    came_by[target] = Some(edge.id());
                    queue.push_back(edge.target());
                }
            }
        }
        unreachable!("every node of a group can be reached from every other")
    }

    fn walk_back(&self, came_by: &[Option<EdgeIndex>], start: NodeIndex, last: EdgeIndex) -> Cycle<'_, E> {
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
        let cycles = graph.order().expect_err("1, 2 and 3 wait for each other");
        let [cycle] = &cycles[..] else { panic!("{cycles:?}") };
        assert_eq!(cycle.len(), 3);
        for pair in cycle.windows(2) {
            assert_eq!(pair[0].1, pair[1].0);
        }
        assert_eq!(cycle[2].1, cycle[0].0);
    }

    #[test]
    fn every_circle_is_shown_once() {
        let mut graph = Graph::new(6);
        for (from, to) in [(0, 1), (1, 0), (1, 2), (2, 3), (3, 2), (4, 4), (3, 5)] {
            graph.add(from, to, ());
        }
        let cycles = graph.order().expect_err("three circles");
        let nodes = |cycle: &Cycle<'_, ()>| cycle.iter().map(|(from, ..)| *from).collect::<Vec<_>>();
        assert_eq!(cycles.iter().map(nodes).collect::<Vec<_>>(), [vec![0, 1], vec![2, 3], vec![4]]);
    }

    #[test]
    fn a_long_chain_that_closes_does_not_end_on_the_stack() {
        let mut graph = Graph::new(100_000);
        (0..99_999).for_each(|node| graph.add(node, node + 1, ()));
        assert_eq!(graph.order().expect("a chain").len(), 100_000);
        graph.add(99_999, 0, ());
        assert_eq!(graph.order().expect_err("a circle")[0].len(), 100_000);
    }
}
