//! Pictures of a step that leave the page: the same whoever asks for them, a page's address or the command line.
//!
//! ```
//! use kubernetes::manifest::Limits;
//! use kubernetes::origin::SourceText;
//! use sim_core::model::{Model, Options};
//! use web::locale::Lang;
//! use web::picture::{Form, Look, picture};
//! use web::theme::Theme;
//!
//! let text = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: a, image: nginx}]}}";
//! let model = Model::build(&[SourceText::given("a.yaml", text)], &Limits::default(), &Options::default());
//! let look = Look { lang: Lang::En, theme: Theme::Dark, step: None };
//! let drawn = picture(look, &model, None, Form::Document);
//! assert!(drawn.svg.contains("data-theme=\"dark\"") && drawn.size.0 > 100);
//! ```

use crate::locale::Lang;
use crate::scene::preview::{self, Head};
use crate::scene::svg::{self, Focus, View};
use crate::scene::{NoLinks, Scene};
use crate::theme::Theme;
use crate::words::{Local, Say};
use sim_core::model::Model;
use sim_core::trace::{Journey, write_probe};

/// How a picture looks.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Language.
    pub lang: Lang,
    /// Colours.
    pub theme: Theme,
    /// The step, from 1; the nearest there is. Without one the first, or where it was decided that the probe fails.
    pub step: Option<u32>,
}

/// What a picture is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form<'a> {
    /// A document that browsers open.
    Document,
    /// The same for what draws SVG but knows little of CSS.
    Plain,
    /// A card for a link to it; the name of the scenario.
    Preview(&'a str),
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The document.
    pub svg: String,
    /// Its width and height in pixels.
    pub size: (u32, u32),
}

/// Draws a step of a journey, or a cluster.
pub fn picture(look: Look, model: &Model, journey: Option<&Journey>, form: Form<'_>) -> Drawn {
    let Look { lang, theme, step } = look;
    let scene = Scene::build(model, journey);
    let say = Say { lang, model, id: None };
    let step = journey.map(|journey| scene.steps.clamp(step.unwrap_or_else(|| say.opening(journey))));
    let view = View { step, focus: Focus::All, theme, words: &Local(lang), links: &NoLinks };
    let mut svg = String::new();
    // Writing to memory does not fail.
    let _ = match form {
        Form::Document => svg::write_standalone(&mut svg, &scene, &view),
        Form::Plain => svg::write_plain(&mut svg, &scene, &view),
        Form::Preview(name) => {
            let title = journey.map_or_else(|| name.to_owned(), |journey| heading(&say, journey));
            let result = journey.map(|journey| (journey.verdict, say.outcome(journey).headline));
            let result = result.as_ref().map(|(verdict, line)| (*verdict, line.as_str()));
            let name = if journey.is_some() { name.to_owned() } else { say.t("site-description") };
            preview::write(&mut svg, &scene, &view, &Head { title: &title, result, name: &name })
        }
    };
    let size = if let Form::Preview(_) = form { preview::SIZE } else { svg::size(&scene, &view) };
    Drawn { svg, size }
}

/// From where to where.
fn heading(say: &Say<'_>, journey: &Journey) -> String {
    let probe = write_probe(say.model, &journey.probe);
    say.ta("trace-heading", &[("from", short(&probe.from).into()), ("to", short(&probe.to).into())])
}

/// An end of a probe without what kind of object it is.
pub(crate) fn short(value: &str) -> &str {
    value.strip_prefix("pod/").or_else(|| value.strip_prefix("svc/")).unwrap_or(value)
}
