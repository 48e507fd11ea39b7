//! Rollouts of a `StatefulSet` and of a `DaemonSet`: good, failing, taken back, and those that wait for
//! somebody.

use serde_json::json;

use super::rolled::FAILS;
use crate::house::{House, is_rolled_out, set_image};
use crate::images::{Image, workload};

const SETS: [(&str, &str); 2] = [("StatefulSet", "statefulset"), ("DaemonSet", "daemonset")];

fn all_are(house: &House, image: Image) -> bool {
    let images = house.images();
    !images.is_empty() && images.iter().all(|found| *found == image.name())
}

#[test]
fn a_set_is_rolled_out_to_its_last_pod_and_back() {
    for (set, kind) in SETS {
        let house = House::with(&workload(set));
        let step = set_image(kind, Image::Two, 60);
        house.release(&step).exec().ends(0);
        assert!(all_are(&house, Image::Two), "{set}: {:?}", house.images());
        let before = house.object(kind, "web").unwrap();
        let step = set_image(kind, Image::One, 60);
        house.release(&format!("{step}\n{FAILS}")).exec().ends(1);
        assert_eq!(house.object(kind, "web").unwrap()["spec"], before["spec"]);
        assert!(all_are(&house, Image::Two), "{set}: {:?}", house.images());
    }
}

#[test]
fn a_set_whose_new_pods_can_not_run_fails_with_the_pod_to_blame_and_every_pod_is_what_it_was() {
    for (set, kind) in SETS {
        for (image, words) in [(Image::Missing, "ImagePull"), (Image::Crashes, "exit code 3")] {
            let house = House::with(&workload(set));
            let step = set_image(kind, image, 9);
            let told = house.release(&step).exec().ends(1).says(&[words, "pod web-"]);
            if set == "StatefulSet" {
                told.says(&["undoing image: pod web-1 was deleted: it was never ready"]);
            }
            assert!(is_rolled_out(&house.object(kind, "web").unwrap()), "{set}");
            assert!(all_are(&house, Image::One), "{set}: {:?}", house.images());
        }
    }
}

#[test]
fn a_set_whose_pods_are_never_ready_fails_by_our_own_patience_since_it_has_no_deadline() {
    for (set, kind) in SETS {
        let house = House::with(&workload(set));
        let step = set_image(kind, Image::Unready, 6);
        house.release(&step).exec().ends(1).says(&["nothing has changed for", "not ready"]);
        assert!(all_are(&house, Image::One), "{set}: {:?}", house.images());
    }
}

#[test]
fn a_set_that_waits_for_somebody_to_delete_its_pods_is_refused_before_anything_is_sent() {
    for (set, kind) in SETS {
        let mut object = workload(set);
        object["spec"]["updateStrategy"] = json!({"type": "OnDelete"});
        let house = House::with(&object);
        let step = set_image(kind, Image::Two, 60);
        house.release(&step).exec().ends(5).says(&["the update strategy OnDelete"]);
        assert_eq!(house.image(kind), Image::One.name());
    }
}

#[test]
fn a_partition_is_done_when_the_pods_above_it_are_new_and_the_others_stay_as_they_are() {
    let mut object = workload("StatefulSet");
    object["spec"]["updateStrategy"] = json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 1}});
    let house = House::with(&object);
    let step = set_image("statefulset", Image::Two, 60);
    house.release(&step).exec().ends(0);
    assert_eq!(house.images(), [Image::One.name(), Image::Two.name()]);
    // Those above it are taken back, and only they.
    let step = set_image("statefulset", Image::Missing, 9);
    house.release(&step).exec().ends(1);
    assert_eq!(house.images(), [Image::One.name(), Image::Two.name()]);
}

#[test]
fn a_restart_and_another_number_of_a_stateful_set_are_waited_for() {
    let house = House::with(&workload("StatefulSet"));
    let before = house.object("statefulset", "web").unwrap()["status"]["currentRevision"].clone();
    let step = "step again \"Again\" { kube restart \"statefulset/web\"; budget \"60s\"; }";
    house.release(step).exec().ends(0);
    assert_ne!(house.object("statefulset", "web").unwrap()["status"]["currentRevision"], before);
    let step = "step more \"More\" { kube scale \"statefulset/web\" replicas=3; budget \"60s\"; }";
    house.release(step).exec().ends(0);
    assert_eq!(house.images().len(), 3);
    let step = step.replace("=3", "=1");
    house.release(&format!("{step}\n{FAILS}")).exec().ends(1);
    assert_eq!(house.images().len(), 3);
}
