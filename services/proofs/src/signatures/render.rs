//! Draws a signature's lines as a picture: dark ink on white, with soft edges.

use image::codecs::png::PngEncoder;
use image::{GrayImage, ImageError, Luma};

use super::model::Point;

const WIDTH: u32 = 750;
const HEIGHT: u32 = 300;
/// Half the width of the pen, in pixels.
const PEN: f32 = 1.8;
/// Room around the drawing, in pixels.
const MARGIN: f32 = 8.0;

/// The picture, as a PNG file. The same lines give the same bytes.
pub(super) fn png(strokes: &[Vec<Point>]) -> Result<Vec<u8>, ImageError> {
    let mut canvas = GrayImage::from_pixel(WIDTH, HEIGHT, Luma([255]));
    for stroke in strokes {
        let points: Vec<Point> = stroke.iter().map(|p| on_canvas(*p)).collect();
        match points[..] {
            [dot] => line(&mut canvas, dot, dot),
            _ => points.windows(2).for_each(|pair| line(&mut canvas, pair[0], pair[1])),
        }
    }
    let mut bytes = Vec::new();
    canvas.write_with_encoder(PngEncoder::new(&mut bytes))?;
    Ok(bytes)
}

fn on_canvas([x, y]: Point) -> Point {
    let scale = |v: f32, size: u32| MARGIN + v * (size as f32 - 1.0 - 2.0 * MARGIN);
    [scale(x, WIDTH), scale(y, HEIGHT)]
}

/// Inks every pixel within the pen's reach of the line from `a` to `b`.
fn line(canvas: &mut GrayImage, a: Point, b: Point) {
    let from = |i: usize| (a[i].min(b[i]) - PEN - 1.0).max(0.0) as u32;
    let to = |i: usize, size: u32| ((a[i].max(b[i]) + PEN + 2.0) as u32).min(size);
    for y in from(1)..to(1, HEIGHT) {
        for x in from(0)..to(0, WIDTH) {
            let away = distance([x as f32, y as f32], a, b);
            let ink = (PEN + 0.5 - away).clamp(0.0, 1.0);
            let Luma([shade]) = canvas.get_pixel_mut(x, y);
            *shade = (*shade).min((255.0 - 235.0 * ink) as u8);
        }
    }
}

/// From a point to the nearest one of a line.
fn distance(p: Point, a: Point, b: Point) -> f32 {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 {
        (((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    (p[0] - a[0] - along * dx).hypot(p[1] - a[1] - along * dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_lines_give_the_same_picture_with_ink_where_they_are() {
        let strokes = vec![vec![[0.0, 0.5], [1.0, 0.5]], vec![[0.5, 0.1]]];
        let bytes = png(&strokes).unwrap();
        assert_eq!(bytes, png(&strokes).unwrap());
        let picture = image::load_from_memory(&bytes).unwrap().into_luma8();
        assert_eq!(picture.dimensions(), (WIDTH, HEIGHT));
        assert!(picture.get_pixel(375, 150).0[0] < 60);
        assert_eq!(picture.get_pixel(375, 250).0[0], 255);
        assert!(bytes.len() < 200 * 1024);
    }
}
