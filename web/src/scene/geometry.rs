//! Whole pixels: everything in a scene has integer coordinates, so that output is stable.

use std::fmt::Write as _;

/// A point, in scene pixels from the top left corner.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pt {
    /// Rightward.
    pub(crate) x: i32,
    /// Downward.
    pub(crate) y: i32,
}

impl Pt {
    /// The point (`x`, `y`).
    pub(crate) fn at(x: i32, y: i32) -> Self {
        Self { x, y }
    }

    /// Distance along axis-parallel lines.
    pub(crate) fn manhattan(self, other: Self) -> i32 {
        (self.x - other.x).abs() + (self.y - other.y).abs()
    }
}

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rect {
    /// Left edge.
    pub(crate) x: i32,
    /// Upper edge.
    pub(crate) y: i32,
    /// Width.
    pub(crate) w: i32,
    /// Height.
    pub(crate) h: i32,
}

impl Rect {
    /// A rectangle by its upper left corner and size.
    pub(crate) fn new(x: i32, y: i32, w: i32, h: i32) -> Self {
        Self { x, y, w, h }
    }
    /// Right edge.
    pub(crate) fn right(self) -> i32 {
        self.x + self.w
    }
    /// Lower edge.
    pub(crate) fn bottom(self) -> i32 {
        self.y + self.h
    }
    /// Centre column.
    pub(crate) fn cx(self) -> i32 {
        self.x + self.w / 2
    }
    /// Centre row.
    pub(crate) fn cy(self) -> i32 {
        self.y + self.h / 2
    }
    #[cfg(test)]
    /// True when the two share area (touching edges do not count).
    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }
    #[cfg(test)]
    /// True when `other` lies inside or on the edge.
    pub(crate) fn contains(self, other: Self) -> bool {
        self.x <= other.x && self.y <= other.y && self.right() >= other.right() && self.bottom() >= other.bottom()
    }
}

/// Drops repeated points and points in the middle of a straight stretch.
pub(crate) fn simplify(points: &[Pt]) -> Vec<Pt> {
    let mut out: Vec<Pt> = Vec::with_capacity(points.len());
    for &point in points {
        if out.last() == Some(&point) {
            continue;
        }
        if let [.., a, b] = out.as_slice() {
            let between = |p: i32, q: i32, r: i32| (p <= q && q <= r) || (p >= q && q >= r);
            let straight = (a.x == b.x && b.x == point.x && between(a.y, b.y, point.y))
                || (a.y == b.y && b.y == point.y && between(a.x, b.x, point.x));
            if straight {
                out.pop();
            }
        }
        out.push(point);
    }
    out
}

/// Path data of a polyline with corners rounded by up to `radius` pixels.
pub(crate) fn path_data(points: &[Pt], radius: i32) -> String {
    let points = simplify(points);
    let mut d = String::new();
    let toward = |from: Pt, to: Pt, by: i32| {
        let step = |a: i32, b: i32| (b - a).signum() * by.min((b - a).abs());
        Pt::at(from.x + step(from.x, to.x), from.y + step(from.y, to.y))
    };
    for (i, &point) in points.iter().enumerate() {
        let neighbours = (i.checked_sub(1).and_then(|j| points.get(j)), points.get(i + 1));
        let _ = match neighbours {
            (None, _) => write!(d, "M{} {}", point.x, point.y),
            (Some(&before), Some(&after)) => {
                let by = radius.min(before.manhattan(point) / 2).min(after.manhattan(point) / 2);
                let (a, b) = (toward(point, before, by), toward(point, after, by));
                write!(d, "L{} {}Q{} {} {} {}", a.x, a.y, point.x, point.y, b.x, b.y)
            }
            (Some(_), None) => write!(d, "L{} {}", point.x, point.y),
        };
    }
    d
}
