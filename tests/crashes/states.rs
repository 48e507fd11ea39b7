//! The whole model: every scene, every crash, and again during the recovery.

use crate::disk::Tears;
use crate::explorer::{Depth, Explorer};
use crate::is_long;
use crate::scene::scenes;

#[test]
fn no_crash_breaks_a_promise() {
    let depth = if is_long() {
        Depth { first: Tears::EveryByte, second: Tears::EveryByte, one_in: 1, deaths: 1 }
    } else {
        Depth { first: Tears::Every(97), second: Tears::Every(1997), one_in: 61, deaths: 41 }
    };
    let mut explorer = Explorer::new(depth, None);
    for scene in scenes().into_iter().filter(|it| std::env::var("SCENE").map_or(true, |name| it.name.contains(&name))) {
        let (states, drives) = (explorer.states(), explorer.drives);
        let began = std::time::Instant::now();
        explorer.explore(&scene);
        eprintln!("{:#?}", explorer.broken.iter().map(|(_, story)| story).collect::<Vec<_>>());
        explorer.broken.clear();
        let (states, drives) = (explorer.states() - states, explorer.drives - drives);
        eprintln!(
            "{:>8} states {drives:>7} recoveries {:>6.1} s  {}",
            states,
            began.elapsed().as_secs_f64(),
            scene.name
        );
    }
    eprintln!("{} states, {} recoveries", explorer.states(), explorer.drives);
    assert!(explorer.broken.is_empty(), "{:#?}", explorer.broken);
    let least = if is_long() { 500_000 } else { 50_000 };
    assert!(explorer.states() >= least, "{} states", explorer.states());
}
