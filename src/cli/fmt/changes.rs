//! What is different between two texts, as a unified diff.

use std::ops::Range;

/// Lines that are shown around a change.
const AROUND: usize = 3;

/// Beyond so many edits the rest is shown as replaced: the time grows with their square.
const MOST_EDITS: usize = 2_000;

/// A unified diff, as `diff -u` and `git apply` know it.
pub(super) fn changes(name: &str, before: &str, after: &str) -> String {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let mut text = format!("--- {name}\n+++ {name}\n");
    let changed = changed(&old, &new);
    let mut rest = &changed[..];
    while let Some(first) = rest.first() {
        // Changes whose surroundings touch are shown together.
        let near = rest.windows(2).take_while(|pair| pair[1].0.start - pair[0].0.end <= 2 * AROUND).count();
        let (together, others) = rest.split_at(near + 1);
        let (first, last) = (first.clone(), together[near].clone());
        let lead = first.0.start.min(AROUND);
        let trail = (old.len() - last.0.end).min(AROUND);
        text += &format!(
            "@@ -{} +{} @@\n",
            place(first.0.start - lead..last.0.end + trail),
            place(first.1.start - lead..last.1.end + trail)
        );
        let mut at = first.0.start - lead;
        for (gone, come) in together {
            old[at..gone.start].iter().for_each(|line| put(&mut text, ' ', line));
            old[gone.clone()].iter().for_each(|line| put(&mut text, '-', line));
            new[come.clone()].iter().for_each(|line| put(&mut text, '+', line));
            at = gone.end;
        }
        old[at..at + trail].iter().for_each(|line| put(&mut text, ' ', line));
        rest = others;
    }
    text
}

fn place(lines: Range<usize>) -> String {
    let first = if lines.is_empty() { lines.start } else { lines.start + 1 };
    format!("{first},{}", lines.len())
}

fn put(text: &mut String, sign: char, line: &str) {
    text.push(sign);
    text.push_str(line);
    if !line.ends_with('\n') {
        text.push_str("\n\\ No newline at end of file\n");
    }
}

/// A stretch of old lines and the new ones in its place.
type Change = (Range<usize>, Range<usize>);

/// What is different, in order.
fn changed(old: &[&str], new: &[&str]) -> Vec<Change> {
    let lead = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[lead..], &new[lead..]);
    let trail = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[..old.len() - trail], &new[..new.len() - trail]);
    let mut found: Vec<Change> = Vec::new();
    for (left, right) in steps(old, new) {
        let change = (lead + left.start..lead + left.end, lead + right.start..lead + right.end);
        match found.last_mut() {
            Some(last) if last.0.end == change.0.start && last.1.end == change.1.start => {
                last.0.end = change.0.end;
                last.1.end = change.1.end;
            }
            _ => found.push(change),
        }
    }
    found
}

/// The edits by Myers' greedy algorithm, each of a line that is gone or has come.
fn steps(old: &[&str], new: &[&str]) -> Vec<Change> {
    let (height, width) = (old.len() as isize, new.len() as isize);
    let most = (old.len() + new.len()).min(MOST_EDITS) as isize;
    // furthest[k + most + 1]: how far one gets on the diagonal k.
    let mut furthest = vec![0isize; 2 * most as usize + 3];
    let at = |k: isize| (k + most + 1) as usize;
    let mut rounds = Vec::new();
    for edits in 0..=most {
        rounds.push(furthest[at(-edits - 1)..=at(edits + 1)].to_vec());
        for k in (-edits..=edits).step_by(2) {
            let down = k == -edits || k != edits && furthest[at(k - 1)] < furthest[at(k + 1)];
            let mut x = if down { furthest[at(k + 1)] } else { furthest[at(k - 1)] + 1 };
            let mut y = x - k;
            while x < height && y < width && old[x as usize] == new[y as usize] {
                (x, y) = (x + 1, y + 1);
            }
            furthest[at(k)] = x;
            if x >= height && y >= width {
                return back(&rounds, height, width);
            }
        }
    }
    vec![(0..old.len(), 0..new.len())]
}

/// The way back through the rounds, from the end to the beginning.
fn back(rounds: &[Vec<isize>], height: isize, width: isize) -> Vec<Change> {
    let (mut x, mut y) = (height, width);
    let mut found = Vec::new();
    for (edits, furthest) in rounds.iter().enumerate().skip(1).rev() {
        let edits = edits as isize;
        let at = |k: isize| furthest[(k + edits + 1) as usize];
        let k = x - y;
        let down = k == -edits || k != edits && at(k - 1) < at(k + 1);
        let before = if down { k + 1 } else { k - 1 };
        x = at(before);
        y = x - before;
        let (left, right) = (x as usize, y as usize);
        found.push(if down { (left..left, right..right + 1) } else { (left..left + 1, right..right) });
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_shows_what_is_gone_and_what_has_come_with_three_lines_around() {
        let before = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\n";
        let after = "a\nB\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn";
        insta::assert_snapshot!(changes("x.yaml", before, after), @r"
        --- x.yaml
        +++ x.yaml
        @@ -1,5 +1,5 @@
         a
        -b
        +B
         c
         d
         e
        @@ -11,3 +11,4 @@
         k
         l
         m
        +n
        \ No newline at end of file
        ");
    }

    #[test]
    fn what_is_shown_leads_from_the_old_lines_to_the_new_ones() {
        let text = |seed: usize| -> Vec<String> {
            (0..60)
                .filter(|line| !(line * 7 + seed).is_multiple_of(5))
                .map(|line| format!("{}\n", (line * seed) % 7))
                .collect()
        };
        for seed in 1..40 {
            let (old, new) = (text(seed), text(seed + 3));
            let old: Vec<&str> = old.iter().map(String::as_str).collect();
            let new: Vec<&str> = new.iter().map(String::as_str).collect();
            let (mut made, mut at) = (Vec::new(), 0);
            for (gone, come) in changed(&old, &new) {
                made.extend_from_slice(&old[at..gone.start]);
                made.extend_from_slice(&new[come]);
                at = gone.end;
            }
            made.extend_from_slice(&old[at..]);
            assert_eq!(made, new, "seed {seed}");
        }
    }
}
