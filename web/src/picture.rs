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
pub use crate::scene::animated::TooLarge;
use crate::scene::animated::{self, Animated};
use crate::scene::preview::{self, Head};
use crate::scene::svg::{self, Focus, View};
use crate::scene::{NoLinks, Scene, clipped};
use crate::theme::Theme;
use crate::words::{Local, Say};
use sim_core::model::Model;
use sim_core::trace::{Journey, write_probe};
use std::borrow::Cow;

/// Signs of an end in a heading: a URL may have any number.
const END: usize = 120;

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
    /// The style inside it, for a policy that allows it by its hash.
    pub style: String,
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
    Drawn { svg, style: svg::STYLE.to_owned(), size }
}

/// Draws all steps of a journey as one document that plays by itself; the step of the look is what readers see who want no motion.
///
/// # Errors
/// [`TooLarge`] where it would be larger than browsers like.
pub fn animation(look: Look, model: &Model, journey: &Journey) -> Result<Drawn, TooLarge> {
    let Look { lang, theme, step } = look;
    let scene = Scene::build(model, Some(journey));
    let say = Say { lang, model, id: None };
    let step = Some(scene.steps.clamp(step.unwrap_or_else(|| say.opening(journey))));
    let view = View { step, focus: Focus::All, theme, words: &Local(lang), links: &NoLinks };
    let words = say.steps(journey, &scene.steps);
    let captions: Vec<String> = words.iter().map(|step| format!("{}: {}", step.place, step.title)).collect();
    let Animated { svg, style, size } = animated::write(&scene, &view, &captions)?;
    Ok(Drawn { svg, style, size })
}

/// From where to where.
fn heading(say: &Say<'_>, journey: &Journey) -> String {
    let probe = write_probe(say.model, &journey.probe);
    say.ta("trace-heading", &[("from", (&*short(&probe.from)).into()), ("to", (&*short(&probe.to)).into())])
}

/// An end of a probe without what kind of object it is.
pub(crate) fn short(value: &str) -> Cow<'_, str> {
    clipped(value.strip_prefix("pod/").or_else(|| value.strip_prefix("svc/")).unwrap_or(value), END)
}
