//! Pictures, and results that go into a file.

use super::arguments::{PictureArgs, Render, RenderFormat};
use super::common::Common;
use super::failure::Failure;
use super::input::{self, Loaded};
use super::output::{deliver, deliver_bytes, refuse_terminal};
use super::probe::{probe, sent};
use crate::limits;
use crate::raster;
use crate::step::Wanted;
use kubernetes::budget::Budget;
use sim_core::model::Model;
use sim_core::trace::{self, Journey};
use web::locale::{self, Lang};
use web::picture::{Form, Look, animation, picture};
use web::theme::Theme;

/// Writes a picture as SVG or PNG.
pub(super) fn write(
    common: &Common,
    args: &PictureArgs,
    model: &Model,
    journey: Option<&Journey>,
    step: Option<u32>,
    format: RenderFormat,
) -> Result<(), Failure> {
    let lang = common.language();
    let theme = args.theme.map_or(Theme::Auto, Theme::from);
    let look = Look { lang, theme, step };
    match format {
        RenderFormat::Svg if args.animated => {
            let journey = journey.ok_or_else(|| Failure::Usage(locale::t(lang, "cli-animated")))?;
            let drawn = animation(look, model, journey).map_err(|long| {
                Failure::Usage(locale::ta(lang, "error-long-animation-steps", &[("steps", long.steps.into())]))
            })?;
            deliver(args.out.as_deref(), &drawn.svg)
        }
        RenderFormat::Png if args.animated => Err(Failure::Usage(locale::t(lang, "cli-animated"))),
        RenderFormat::Svg => deliver(args.out.as_deref(), &picture(look, model, journey, Form::Document).svg),
        RenderFormat::Png => {
            refuse_terminal(lang, args.out.as_deref(), "png")?;
            let drawn = picture(look, model, journey, Form::Plain);
            let scale = f32::from(args.scale);
            let made = raster::draw(&drawn.svg, drawn.size, scale, limits::PIXELS_ALONE, &Budget::unlimited());
            let made = made.map_err(|error| match error {
                raster::NoPicture::NoFonts => Failure::Usage(locale::t(lang, "error-no-fonts-text")),
                other => Failure::Output(std::io::Error::other(other)),
            })?;
            if made.reduced {
                let args = [("width", made.width.into()), ("height", made.height.into())];
                eprintln!("{}", locale::ta(lang, "cli-png-reduced", &args));
            }
            deliver_bytes(args.out.as_deref(), &made.bytes)
        }
    }
}

/// The step that is asked for.
pub(super) fn step(lang: Lang, args: &PictureArgs, model: &Model, journey: &Journey) -> Result<Option<u32>, Failure> {
    args.wanted().find(model, journey).map_err(|missing| {
        let id = if missing.by_number { "error-no-step" } else { "error-no-place" };
        let args = [("value", missing.value.into()), ("total", missing.total.into())];
        Failure::Usage(locale::ta(lang, id, &args))
    })
}

/// `kubehop render`.
pub(super) fn render(command: &Render) -> Result<(), Failure> {
    let Loaded { mut model, status } = input::load(&command.common)?;
    let lang = command.common.language();
    let journey = match command.from.as_deref().zip(command.to.as_deref()) {
        Some((from, to)) => {
            let probe = probe(&model, &command.common, from, to, &command.probe)?;
            *model = trace::model_for(&model, &probe).into_owned();
            Some(sent(&model, &command.common, &probe)?)
        }
        None => None,
    };
    let step = match &journey {
        Some(journey) => step(lang, &command.picture, &model, journey)?,
        None if command.picture.wanted() == Wanted::default() => None,
        None => return Err(Failure::Usage(locale::t(lang, "cli-step-of-nothing"))),
    };
    write(&command.common, &command.picture, &model, journey.as_ref(), step, command.format)?;
    status
}
