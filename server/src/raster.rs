//! Pictures as pixels: an SVG document that we wrote as PNG, with the fonts that were embedded when the program was built.

use kubernetes::budget::{Budget, Stopped};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::{Database, Source};
use resvg::usvg::{FontFamily, FontResolver, Options, Tree};
use std::sync::{Arc, LazyLock};

/// Sans and monospace, each regular and bold; nothing where the program was built without.
static FONTS: &[&[u8]] = include!(concat!(env!("OUT_DIR"), "/fonts.rs"));
/// From this weight on a text is bold.
const BOLD: u16 = 600;
/// Signs that we write and none of the fonts has, each with one that looks like it.
const INSTEAD: [(char, &str); 1] = [('✕', "×")];
/// Bytes that a pixel takes while it is drawn and written.
const PIXEL: u64 = 8;
/// Pixels that are drawn in about the time of one step of a computation.
const PIXELS_OF_A_STEP: u64 = 16;

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoPicture {
    /// The program was built without fonts.
    #[error("built without fonts: npm ci --prefix static --ignore-scripts, then build again")]
    NoFonts,
    /// It would take more than it may, or nobody waits for it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// What we wrote is no picture.
    #[error("not drawn: {0}")]
    Wrong(String),
}

/// A picture as PNG.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// The file.
    pub bytes: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// It is smaller than was asked for, as there would have been too many pixels.
    pub reduced: bool,
}

/// True where pictures can be drawn.
pub fn has_fonts() -> bool {
    !FONTS.is_empty()
}

/// Width and height in pixels of what is `size` at its natural size, `scale` times as large, of `most` pixels at most; whether that made it
/// smaller.
fn fitted(size: (u32, u32), scale: f32, most: u64) -> (f32, u32, u32, bool) {
    let (w, h) = (f64::from(size.0.max(1)), f64::from(size.1.max(1)));
    let limit = (most.max(1) as f64 / (w * h)).sqrt();
    let wanted = f64::from(scale);
    let scale = wanted.min(limit);
    let side = |length: f64| ((length * scale).floor() as u32).max(1);
    (scale as f32, side(w), side(h), limit < wanted)
}

/// Draws a document of `size` pixels in its own measure, `scale` times as large but of `most` pixels at most. Takes its time.
///
/// # Errors
/// See [`NoPicture`].
pub fn draw(svg: &str, size: (u32, u32), scale: f32, most: u64, budget: &Budget) -> Result<Picture, NoPicture> {
    static DATABASE: LazyLock<Arc<Database>> = LazyLock::new(|| {
        let mut database = Database::new();
        for font in FONTS {
            database.load_font_source(Source::Binary(Arc::new(*font)));
        }
        Arc::new(database)
    });
    if !has_fonts() {
        return Err(NoPicture::NoFonts);
    }
    let wrong = |error: &dyn std::fmt::Display| NoPicture::Wrong(error.to_string());
    let (scale, width, height, reduced) = fitted(size, scale, most);
    let pixels = u64::from(width) * u64::from(height);
    budget.take(pixels * PIXEL)?;
    budget.spend(pixels / PIXELS_OF_A_STEP)?;
    // One of ours, whatever the style names first.
    let select_font = Box::new(|font: &resvg::usvg::Font, database: &mut Arc<Database>| {
        let mono = font.families().contains(&FontFamily::Monospace);
        let at = if mono { 2 } else { 0 } + usize::from(font.weight() >= BOLD);
        database.faces().nth(at).map(|face| face.id)
    });
    let select_fallback = FontResolver::default_fallback_selector();
    let options = Options {
        fontdb: Arc::clone(&DATABASE),
        font_resolver: FontResolver { select_font, select_fallback },
        ..Options::default()
    };
    let written = INSTEAD.into_iter().fold(svg.to_owned(), |svg, (sign, other)| svg.replace(sign, other));
    let tree = Tree::from_str(&written, &options).map_err(|error| wrong(&error))?;
    budget.check()?;
    let mut pixmap = Pixmap::new(width, height).ok_or_else(|| wrong(&"no pixels"))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    budget.check()?;
    let bytes = pixmap.encode_png().map_err(|error| wrong(&error))?;
    budget.give_back(pixels * PIXEL);
    Ok(Picture { bytes, width, height, reduced })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, class: &str) -> Vec<u8> {
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"60\" height=\"20\"><style>.b{{font-weight:700}}.m,.n{{font-family:Menlo, monospace}}.n{{font-weight:700}}</style><text class=\"{class}\" x=\"2\" y=\"15\">{text}</text></svg>"
        );
        draw(&svg, (60, 20), 2.0, 1_000_000, &Budget::unlimited()).unwrap().bytes
    }

    #[test]
    fn as_many_pixels_as_are_wanted_or_as_there_may_be() {
        assert_eq!(fitted((300, 200), 2.0, 1_000_000), (2.0, 600, 400, false));
        let (_, width, height, reduced) = fitted((3_000, 1_000), 2.0, 3_000_000);
        assert!(reduced && (width, height) == (3_000, 1_000));
        assert_eq!(fitted((0, 0), 1.0, 0), (1.0, 1, 1, false));
    }

    #[test]
    fn every_face_has_signs_of_its_own() {
        let faces = ["", "b", "m", "n"].map(|class| said("address 10", class));
        let different: std::collections::BTreeSet<&Vec<u8>> = faces.iter().collect();
        assert_eq!(different.len(), faces.len());
        assert!(!faces.contains(&said("", "")));
    }

    #[test]
    fn no_sign_that_we_write_is_missing() {
        // What no font has is drawn as the same empty box.
        let missing = said("\u{e123}", "");
        let locales = concat!(env!("CARGO_MANIFEST_DIR"), "/../web/locales");
        let mut signs: std::collections::BTreeSet<char> = "✓✕≈?…·→←↔▸▾×─│└├".chars().collect();
        for lang in ["en", "ko"] {
            for file in std::fs::read_dir(format!("{locales}/{lang}")).unwrap() {
                signs.extend(std::fs::read_to_string(file.unwrap().path()).unwrap().chars());
            }
        }
        assert!(signs.contains(&'패') && signs.len() > 500);
        let missed: String = signs
            .into_iter()
            .filter(|c| !c.is_control() && !"<&".contains(*c) && said(&c.to_string(), "") == missing)
            .collect();
        assert_eq!(missed, "");
    }

    #[test]
    fn a_picture_that_is_too_much_is_not_drawn() {
        let budget = Budget::of(kubernetes::budget::Allowance { bytes: 1_000, ..Default::default() });
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"60\" height=\"20\"/>";
        assert!(matches!(draw(svg, (60, 20), 1.0, 1_000_000, &budget), Err(NoPicture::Stopped(_))));
        assert!(matches!(draw("<svg", (60, 20), 1.0, 1_000, &Budget::unlimited()), Err(NoPicture::Wrong(_))));
    }
}
