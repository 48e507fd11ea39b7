//! The model must see what a missing promise costs: each is taken away in turn, and the model must fail.

use crate::disk::Tears;
use crate::explorer::{Depth, Explorer};
use crate::kept::crashes_while_it_is_kept;
use crate::machine::Missing;
use crate::scene::scenes;
use crate::truth;

/// Explores with a promise taken away, and says what is broken then.
#[track_caller]
fn without(missing: Missing, breaks: &[&'static str]) {
    let depth = Depth { first: Tears::Every(97), second: Tears::Every(397), one_in: 3, deaths: 13 };
    let mut explorer = Explorer::new(depth, Some(missing));
    explorer.enough = breaks.to_vec();
    let scenes = scenes();
    explorer.explore(&scenes[1]);
    for broken in breaks {
        let seen = explorer.broken.iter().any(|(what, _)| what == broken);
        assert!(seen, "without {missing:?} nobody sees that “{broken}” is broken: {:#?}", explorer.broken);
    }
}

#[test]
fn without_the_sync_of_the_intent_the_model_fails() {
    without(Missing::IntentSync, &[truth::INTENT_FIRST, truth::KEPT]);
}

#[test]
fn without_the_sync_of_the_result_the_model_fails() {
    without(Missing::ResultSync, &[truth::KEPT]);
}

#[test]
fn without_the_sync_of_the_undo_intent_the_model_fails() {
    without(Missing::UndoIntentSync, &[truth::INTENT_FIRST, truth::KEPT]);
}

#[test]
fn without_the_sync_of_the_folders_the_model_fails() {
    without(Missing::FolderSync, &[truth::KEPT]);
}

#[test]
fn without_the_sync_of_the_mark_on_a_lock_the_model_fails() {
    without(Missing::MarkSync, &[truth::MARKED]);
}

#[test]
fn without_the_sync_of_the_start_note_the_model_fails() {
    // That it then runs again isn't seen: the note that follows the exec is synced, and this one with it.
    without(Missing::StartNoteSync, &[truth::INTENT_FIRST]);
}

#[test]
fn without_the_sync_of_the_end_note_the_model_fails() {
    without(Missing::EndNoteSync, &[truth::KEPT]);
}

#[test]
fn without_the_syncs_of_the_bundle_the_model_fails() {
    for missing in [Missing::BundleSync, Missing::BundleNames] {
        let found = crashes_while_it_is_kept(Some(missing));
        assert!(found.broken > 0, "without {missing:?} nobody sees that “{}” is broken", truth::WHOLE_BUNDLE);
    }
}

#[test]
fn without_the_cut_of_a_torn_tail_the_model_fails() {
    without(Missing::TailCut, &[truth::SECOND, truth::KEPT]);
}

#[test]
fn without_the_start_note_before_the_exec_the_model_fails() {
    without(Missing::StartNoteFirst, &[truth::INTENT_FIRST, truth::NOT_AGAIN]);
}
