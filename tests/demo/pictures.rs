//! The pictures of the README and the guide: named scenes of the demo, drawn by the same view as the screen.
//! `UPDATE_PICTURES=1 cargo test --test demo pictures` draws them anew; `EVERY_PICTURE=FOLDER` draws every scene in every
//! theme, at 80 and 160 columns, to be looked at.

use std::fs;
use std::path::Path;

use crate::stage::Stage;
use crate::svg::{self, DARK, LIGHT};

/// A picture: where the story stands, and on which terminal.
struct Scene {
    name: &'static str,
    /// What it shows, for those who cannot see it.
    title: &'static str,
    size: (u16, u16),
    theme: &'static str,
    keys: &'static [Step],
}

enum Step {
    Keys(&'static str),
    Type(&'static str),
    Open(&'static str),
    /// So many seconds go by.
    Pass(i64),
}

use Step::{Keys, Open, Pass, Type};

const SCENES: &[Scene] = &[
    Scene {
        name: "releases",
        title: "Every release of the cluster, the worst first, with its cause",
        size: (120, 30),
        theme: "dark",
        keys: &[],
    },
    Scene {
        name: "releases-light",
        title: "The list of releases in the light theme",
        size: (120, 30),
        theme: "light",
        keys: &[],
    },
    Scene {
        name: "releases-mono",
        title: "The list of releases without colours",
        size: (120, 30),
        theme: "mono",
        keys: &[],
    },
    Scene {
        name: "releases-80",
        title: "The list of releases at 80 columns, what is cut of the selected row below it",
        size: (80, 24),
        theme: "dark",
        keys: &[],
    },
    Scene {
        name: "why",
        title: "Why billing is stalled: the chain, and what helps",
        size: (120, 34),
        theme: "dark",
        keys: &[Open("ns:billing")],
    },
    Scene {
        name: "why-search",
        title: "Why search failed: down to the container that crashes",
        size: (120, 34),
        theme: "dark",
        keys: &[Open("ns:search")],
    },
    Scene {
        name: "objects",
        title: "Every object of inventory and what it owns, the broken ones first to be seen",
        size: (120, 24),
        theme: "dark",
        keys: &[Open("ns:warehouse"), Keys("2")],
    },
    Scene {
        name: "owners",
        title: "What of storefront was edited by hand, by whom, and what becomes of it at the next write",
        size: (120, 34),
        theme: "dark",
        keys: &[Keys("/"), Type("ns:shop storefront"), Keys("enter enter 3")],
    },
    Scene {
        name: "logs",
        title: "What search wrote before it crashed",
        size: (120, 20),
        theme: "dark",
        keys: &[Open("ns:search"), Keys("l")],
    },
    Scene {
        name: "events",
        title: "What Kubernetes told of the objects of search",
        size: (120, 24),
        theme: "dark",
        keys: &[Open("ns:search"), Keys("E")],
    },
    Scene {
        name: "history",
        title: "Every stored revision of billing, and what Flux did",
        size: (120, 30),
        theme: "dark",
        keys: &[Open("ns:billing"), Keys("4")],
    },
    Scene {
        name: "diff",
        title: "What the last upgrade of storefront changed, the old side beside the new one",
        size: (160, 40),
        theme: "dark",
        keys: &[Open("ns:shop storefront"), Keys("D")],
    },
    Scene {
        name: "timeline",
        title: "What happened to search, and where it broke",
        size: (120, 34),
        theme: "dark",
        keys: &[Open("ns:search"), Keys("9")],
    },
    Scene {
        name: "values",
        title: "The values of storefront, secrets masked",
        size: (120, 30),
        theme: "dark",
        keys: &[Open("ns:shop storefront"), Keys("5")],
    },
    Scene {
        name: "manifest",
        title: "The manifest of storefront",
        size: (120, 30),
        theme: "dark",
        keys: &[Open("ns:shop storefront"), Keys("7")],
    },
    Scene {
        name: "palette",
        title: "A command found by what it does",
        size: (120, 20),
        theme: "dark",
        keys: &[Keys(":"), Type("name")],
    },
    Scene {
        name: "actions",
        title: "What can be done about billing, and what cannot, with the reason",
        size: (120, 20),
        theme: "dark",
        keys: &[Open("ns:billing"), Keys("a")],
    },
    Scene {
        name: "reset-plan",
        title: "What a reset of billing would do, before anything is written",
        size: (120, 30),
        theme: "dark",
        keys: &[Open("ns:billing"), Keys("a r")],
    },
    Scene {
        name: "reset-running",
        title: "The reset while it runs: what the controller does, and for how long it still may",
        size: (120, 20),
        theme: "dark",
        keys: &[Open("ns:billing"), Keys("a r"), Keys("y"), Pass(6)],
    },
    Scene {
        name: "reset-ended",
        title: "The end of the reset: it failed again, and why",
        size: (120, 24),
        theme: "dark",
        keys: &[Open("ns:billing"), Keys("a r"), Keys("y"), Pass(60)],
    },
    Scene {
        name: "rollback-plan",
        title: "What a rollback of wiki would do, request by request, and what is lost; its name has to be typed",
        size: (120, 44),
        theme: "dark",
        keys: &[Open("ns:legacy wiki"), Keys("a b"), Keys("F"), Keys("y"), Type("wik")],
    },
    Scene {
        name: "rollback-ended",
        title: "The end of the rollback: every step done, and the release healthy",
        size: (120, 30),
        theme: "dark",
        keys: &[Open("ns:legacy wiki"), Keys("a b"), Keys("F"), Keys("y"), Type("wiki"), Keys("enter"), Pass(20)],
    },
    Scene {
        name: "leftover",
        title: "A value of pricing that no manifest has any more, and who keeps it alive",
        size: (120, 34),
        theme: "dark",
        keys: &[Open("ns:catalog"), Keys("3"), Keys("j j j")],
    },
    Scene {
        name: "disown-plan",
        title: "What disowning helm would take away, and what stays",
        size: (120, 34),
        theme: "dark",
        keys: &[Open("ns:catalog"), Keys("3"), Keys("j j j"), Keys("a d"), Keys("enter")],
    },
    Scene {
        name: "disown-ended",
        title: "The owners of pricing afterwards: the leftover is gone",
        size: (120, 30),
        theme: "dark",
        keys: &[
            Open("ns:catalog"),
            Keys("3"),
            Keys("j j j"),
            Keys("a d"),
            Keys("enter"),
            Keys("y"),
            Type("pricing"),
            Keys("enter"),
            Pass(3),
            Keys("esc"),
        ],
    },
    Scene {
        name: "viewer",
        title: "The list as one sees it who may not read Secrets",
        size: (120, 30),
        theme: "dark",
        keys: &[Keys("C"), Type("viewer"), Keys("enter")],
    },
    Scene {
        name: "filter",
        title: "The list narrowed by a filter while it is typed",
        size: (120, 20),
        theme: "dark",
        keys: &[Keys("/"), Type("mgr:flux status:failed")],
    },
];

async fn stage(scene: &Scene, (width, height): (u16, u16)) -> Stage {
    let mut stage = Stage::new(width, height);
    stage.settled().await;
    for step in scene.keys {
        match step {
            Keys(keys) => stage.keys(keys),
            Type(text) => stage.typed(text),
            Open(name) => {
                stage.keys("/");
                stage.typed(name);
                stage.keys("enter enter");
            }
            Pass(seconds) => {
                for _ in 0..*seconds {
                    stage.later(1);
                    stage.settled().await;
                }
            }
        }
        stage.settled().await;
    }
    stage
}

fn draw(scene: &Scene, stage: &Stage, theme: &str) -> String {
    let palette = if theme == "light" { LIGHT } else { DARK };
    svg::picture(&stage.frame(theme), palette, scene.title)
}

#[tokio::test(start_paused = true)]
async fn pictures_are_of_this_version() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    let update = std::env::var_os("UPDATE_PICTURES").is_some();
    let mut old = Vec::new();
    for scene in SCENES {
        let path = folder.join(scene.name).with_extension("svg");
        let drawn = draw(scene, &stage(scene, scene.size).await, scene.theme);
        if update {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &drawn).unwrap();
        }
        if fs::read_to_string(&path).ok().as_deref() != Some(drawn.as_str()) {
            old.push(scene.name);
        }
    }
    assert!(old.is_empty(), "UPDATE_PICTURES=1 cargo test --test demo pictures draws these anew: {}", old.join(", "));
}

#[tokio::test(start_paused = true)]
async fn every_scene_can_be_drawn_in_every_theme_and_size() {
    let folder = std::env::var_os("EVERY_PICTURE").map(std::path::PathBuf::from);
    for scene in SCENES.iter().filter(|scene| scene.theme == "dark") {
        for size in [(80, 24), (160, 50)] {
            let stage = stage(scene, size).await;
            for theme in ["dark", "light", "mono"] {
                let drawn = draw(scene, &stage, theme);
                assert!(drawn.matches("<text").count() > 10, "{} in {theme} at {size:?} is empty", scene.name);
                if let Some(folder) = &folder {
                    fs::create_dir_all(folder).unwrap();
                    fs::write(folder.join(format!("{}-{theme}-{}.svg", scene.name, size.0)), drawn).unwrap();
                }
            }
        }
    }
}

#[test]
fn no_picture_is_left_over() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        assert!(SCENES.iter().any(|scene| scene.name == name), "screenshots/{name}.svg belongs to no scene");
    }
}
