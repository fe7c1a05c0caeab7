use super::*;
#[test]
fn dump() {
    let Ok(dir) = std::env::var("SCENE_OUT") else { return };
    let model = first_service();
    let css = include_str!("../../../../static/css/scene.css");
    let page = |name: &str, scene: &Scene, step: Option<u32>, focus: Focus| {
        for theme in ["light", "dark"] {
            let bg = if theme == "dark" { "#12171d" } else { "#fdfdfb" };
            let html = format!(
                "<!doctype html><html data-theme={theme}><meta charset=utf-8><meta name=viewport content='width=device-width'><style>body{{margin:8px;background:{bg}}}{css} .scene{{width:100%;height:auto}}</style><body>{}",
                svg(scene, step, focus)
            );
            std::fs::write(format!("{dir}/{name}-{theme}.html"), html).unwrap();
        }
    };
    page("plain", &Scene::build(&model, None), None, Focus::All);
    let j = journey(&model, PodId(2), false);
    let scene = Scene::build(&model, Some(&j));
    page("s7", &scene, Some(7), Focus::All);
    page("s7p", &scene, Some(7), Focus::Step);
    page("s13", &scene, Some(13), Focus::All);
    page("s20", &scene, Some(scene.steps.len() - 1), Focus::All);
    let j = journey(&model, PodId(2), true);
    let scene = Scene::build(&model, Some(&j));
    page("drop", &scene, Some(scene.steps.len()), Focus::All);
}
